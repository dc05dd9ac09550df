import { setFlagsFromString } from 'node:v8';
import { runInNewContext } from 'node:vm';
import { afterEach, describe, expect, it, vi } from 'vitest';
import { createFakeClock } from '../kernel/testing/index.ts';
import { createMetrics, type Metrics } from './registry.ts';
import { createProcessMeters } from './process-meters.ts';

const started: { stop(): Promise<void> }[] = [];
afterEach(async () => {
  for (const one of started.splice(0)) await one.stop();
});

function valueOf(metrics: Metrics, name: string): number | undefined {
  const metric = metrics.snapshot().metrics.find(({ definition }) => definition.name === name);
  if (metric?.kind === 'histogram') return metric.series[0]?.value.count;
  return metric?.kind === 'counter' || metric?.kind === 'gauge' ? metric.series[0]?.value : undefined;
}

describe('the meters of the process', () => {
  it('tell memory, processor time and when it started', async () => {
    const [metrics, clock] = [createMetrics(), createFakeClock()];
    const meters = createProcessMeters({}, { meter: metrics, clock });
    started.push(meters);
    await meters.start();
    await clock.advance(250);
    expect(valueOf(metrics, 'process_resident_memory_bytes')).toBeGreaterThan(10_000_000);
    expect(valueOf(metrics, 'process_heap_used_bytes')).toBeGreaterThan(1_000_000);
    expect(valueOf(metrics, 'process_cpu_seconds')).toBeGreaterThan(0);
    expect(valueOf(metrics, 'process_event_loop_delay_ms')).toBe(2);
    expect(valueOf(metrics, 'process_start_time_seconds')).toBeLessThan(Date.now() / 1_000);
    expect(valueOf(metrics, 'process_active_resources')).toBeGreaterThanOrEqual(0);
  });

  it('see a stall of the event loop', async () => {
    const metrics = createMetrics();
    const meters = createProcessMeters({ lookEveryMs: 10 }, { meter: metrics });
    started.push(meters);
    await meters.start();
    const until = performance.now() + 120;
    while (performance.now() < until);
    await vi.waitFor(() => {
      const found = metrics
        .snapshot()
        .metrics.find(({ definition }) => definition.name === 'process_event_loop_delay_ms');
      expect(found?.kind === 'histogram' ? found.series[0]?.value.max : 0).toBeGreaterThan(80);
    });
  });

  it('see collections of garbage, by kind', async () => {
    const metrics = createMetrics();
    const meters = createProcessMeters({}, { meter: metrics });
    started.push(meters);
    await meters.start();
    setFlagsFromString('--expose-gc');
    (runInNewContext('gc') as () => void)();
    await vi.waitFor(() => {
      const found = metrics
        .snapshot()
        .metrics.find(({ definition }) => definition.name === 'process_gc_pause_ms');
      expect(found?.series.map(({ tags }) => tags['kind'])).toContain('major');
    });
  });

  it('stop without leaving a timer or an observation, however often', async () => {
    const [metrics, clock] = [createMetrics(), createFakeClock()];
    const meters = createProcessMeters({}, { meter: metrics, clock });
    await meters.start();
    await meters.stop();
    await meters.stop();
    expect(clock.pending).toBe(0);
    const before = valueOf(metrics, 'process_resident_memory_bytes');
    const ballast = Buffer.alloc(50_000_000, 1);
    await clock.advance(1_000);
    expect([valueOf(metrics, 'process_resident_memory_bytes'), ballast.length]).toEqual([before, 50_000_000]);
  });
});
