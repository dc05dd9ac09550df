import { describe, expect, it } from 'vitest';

import type { NamedBreaker, TopReading } from './reading.ts';
import { screenOf } from './screen.ts';

type Host = NonNullable<TopReading['host']>;
type Alert = NonNullable<TopReading['alerts']>[number];

const plain = (_tone: string, text: string): string => text;
const at = '2026-01-31T12:00:00.000Z';

function host(gpuCount = 0): Host {
  return {
    running: true,
    source: 'linux',
    sample_rate_ms: 200,
    own_cpu_percent: 0.1,
    items: [
      {
        timestamp: at,
        elapsed_ms: 1_000,
        cpu: { percent: 91.25, per_core_percent: [91.25], cores: 1 },
        memory: {
          total_bytes: 16e9,
          used_bytes: 8e9,
          available_bytes: 8e9,
          percent: 50,
          swap_total_bytes: 0,
          swap_used_bytes: 0,
        },
        process: {
          cpu_percent: 4,
          resident_bytes: 214e6,
          heap_used_bytes: 0,
          heap_total_bytes: 0,
          handles: 0,
          event_loop_delay_ms: 1.4,
          event_loop_utilization: 0,
          gc_ms: 0,
          gc_count: 0,
        },
        gpus: Array.from({ length: gpuCount }, (_, index) => ({
          index,
          uuid: `GPU-${index}`,
          name: 'H100',
          percent: 7,
          memory_used_bytes: 20e9,
          memory_total_bytes: 80e9,
        })),
      },
    ],
  };
}

const alert = (rule: string): Alert => ({
  alert_id: rule,
  rule,
  workspace_id: null,
  severity: 'critical',
  summary: 'The processors are busy, and have been for longer than anybody should have to wait for them.',
  runbook_url: null,
  labels: {},
  state: 'firing',
  since: at,
  firing_since: at,
  value: 1,
  acknowledged: null,
  mutes: [],
});

const breaker: NamedBreaker = {
  name: 'fetch:news',
  operation: 'signals.fetch',
  state: 'half_open',
  since: '2026-01-01T00:00:00.000Z',
  consecutive_failures: 5,
  trips: 1,
  next_probe_in_ms: 11_200,
};

function reading(more: Partial<TopReading> = {}): TopReading {
  return {
    at,
    url: 'http://127.0.0.1:8001',
    health: { status: 'healthy', services: { worker: { status: 'degraded', reasons: ['slow'] } } },
    host: host(),
    bus: {
      published_per_second: 1_234,
      received_per_second: 0.42,
      failed_per_second: 0,
      lag: 42,
      lagging: [{ name: 'sys.state.update', lag: 42 }],
    },
    budget: {
      month: '2026-01',
      time_zone: 'UTC',
      cap_usd: '10.000000',
      spent_usd: '2.500000',
      reserved_usd: '0.000000',
      uncertain_usd: '0.000000',
      remaining_usd: '7.500000',
      resets_at: at,
    },
    alerts: [],
    breakers: [],
    problems: {},
    ...more,
  };
}

describe('the screen of top', () => {
  const lineOf = (lines: readonly string[], label: string): string | undefined =>
    lines.find((line) => line.startsWith(label));

  it('says everything with its unit in 80 columns', () => {
    const lines = screenOf(reading(), { columns: 80, rows: 24 }, plain);
    expect(lines[0]).toMatch(/^RaptorFlow {2}healthy {2}http:\/\/127\.0\.0\.1:8001 {2}2026-01-31 /u);
    expect(lines[1]).toContain('worker degraded');
    expect(lineOf(lines, 'CPU')).toMatch(/^CPU {8}91\.3 % {2}█ +of 1 cores$/u);
    expect(lineOf(lines, 'Memory')).toMatch(/50\.0 % .* 8\.0 GB of 16\.0 GB$/u);
    expect(lineOf(lines, 'Server')).toBe('Server    4.0 % of a core   214 MB   event loop 1.4 ms behind');
    expect(lineOf(lines, 'Bus')).toBe(
      'Bus       published 1234/s   received 0.42/s   failed 0/s   lag 42 events',
    );
    expect(lineOf(lines, 'Spend')).toBe('Spend     $2.50 of $10.00 in 2026-01  █████░░░░░░░░░░░░░░░  25 %');
    expect(lineOf(lines, 'Alerts')).toBe('Alerts    none firing');
    expect(lineOf(lines, 'Breakers')).toBe('Breakers  all closed');
    expect(lineOf(lines, 'GPU')).toBeUndefined();
  });

  it('names what fires and which breakers are not closed', () => {
    const lines = screenOf(
      reading({ alerts: [alert('cpu_is_busy')], breakers: [breaker] }),
      { columns: 160, rows: 40 },
      plain,
    );
    expect(lineOf(lines, 'Alerts')).toBe('Alerts    1 firing');
    expect(lines.join('\n')).toMatch(/ {10}critical cpu_is_busy: The processors .* since \d\d:\d\d:\d\d/u);
    expect(lines.at(-1)).toBe(
      '          fetch:news half open  of signals.fetch, 5 failures in a row, next probe in 12 s',
    );
  });

  it('is never wider or higher than the terminal, and keeps the first line of every part', () => {
    const busy = reading({
      host: host(16),
      alerts: Array.from({ length: 30 }, (_, index) => alert(`rule_${index}`)),
      breakers: Array.from({ length: 30 }, () => breaker),
    });
    for (const columns of [40, 80, 120]) {
      for (const rows of [22, 38]) {
        const lines = screenOf(busy, { columns, rows }, plain);
        expect(Math.max(...lines.map((line) => Array.from(line).length))).toBeLessThanOrEqual(columns);
        expect(lines.length).toBeLessThanOrEqual(rows);
        for (const label of ['CPU', 'GPU 0', 'Bus', 'Spend', 'Alerts', 'Breakers'])
          expect(lineOf(lines, label), `${label} at ${columns}×${rows}`).toBeDefined();
      }
    }
    const fitted = screenOf({ ...busy, host: host() }, { columns: 80, rows: 22 }, plain);
    expect(fitted).toHaveLength(22);
    expect(fitted.filter((line) => / {10}… \d+ more$/u.test(line))).toHaveLength(2);
    const endless = screenOf(busy, { columns: 80, rows: Number.POSITIVE_INFINITY }, plain);
    expect(endless.filter((line) => line.includes('critical rule_'))).toHaveLength(30);
  });

  it('says why a part is missing, and shows the rest', () => {
    const lines = screenOf(
      reading({ bus: null, host: null, problems: { bus: 'Only the operator may.', host: 'Switched off.' } }),
      { columns: 80, rows: 24 },
      plain,
    );
    expect(lineOf(lines, 'Bus')).toBe('Bus       Only the operator may.');
    expect(lineOf(lines, 'Machine')).toBe('Machine   Switched off.');
    expect(lineOf(lines, 'Spend')).toBeDefined();
    const silent = reading({ health: null, problems: { health: 'It cannot be reached.' } });
    expect(screenOf(silent, { columns: 80, rows: 24 }, plain).slice(0, 2)).toEqual([
      expect.stringContaining('no answer'),
      'It cannot be reached.',
    ]);
  });

  it('says how to measure when nothing is', () => {
    const lines = screenOf(reading({ host: { ...host(), items: [] } }), { columns: 80, rows: 24 }, plain);
    expect(lineOf(lines, 'Machine')).toContain('raptorflow mini start');
  });

  it('lets what is bad stand out', () => {
    const toned = screenOf(reading({ alerts: [alert('a')] }), { columns: 120, rows: 24 }, (tone, text) =>
      tone === 'bad' ? `<${text.trim()}>` : text,
    );
    expect(toned.join('\n')).toContain('<91.3 %>');
    expect(toned.join('\n')).toContain('<1 firing>');
  });
});
