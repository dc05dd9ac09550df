import { afterEach, beforeEach, describe, expect, it, vi } from 'vitest';
import { silentLogger, type Logger } from '../kernel/index.ts';
import { createFakeClock, trackHandles, type FakeClock } from '../kernel/testing/index.ts';
import { createMetrics, type Metrics } from '../metrics/index.ts';
import { createHostMonitor, type HostMonitorDeps } from './create-host-monitor.ts';
import type { HostMonitor } from './monitor.ts';
import type { HostMonitorOptions } from './options.ts';
import type { HostSample } from './sample.ts';
import { diskText, networkText, procTree, statText, type ProcTree } from './testing/proc-tree.ts';

let tree: ProcTree;
let clock: FakeClock;
let metrics: Metrics;
let samples: HostSample[];
let monitor: HostMonitor;

function create(options: HostMonitorOptions = {}, deps: HostMonitorDeps = {}): HostMonitor {
  const onSample = (sample: HostSample): void => void samples.push(sample);
  monitor = createHostMonitor(
    { gpu: false, ...options },
    { clock, meter: metrics, onSample, root: tree.root, ...deps },
  );
  return monitor;
}

function valueOf(name: string): number | undefined {
  const metric = metrics.snapshot().metrics.find(({ definition }) => definition.name === name);
  return metric?.kind === 'counter' || metric?.kind === 'gauge' ? metric.series[0]?.value : undefined;
}

beforeEach(() => {
  tree = procTree();
  clock = createFakeClock();
  metrics = createMetrics({}, { clock });
  samples = [];
});
afterEach(async () => {
  await monitor.stop();
  tree.dispose();
});

describe('the host monitor', () => {
  it('takes five samples a second, each about the time since the one before', async () => {
    await create().start();
    tree.write(
      'proc/stat',
      statText([
        [10, 10],
        [0, 20],
      ]),
    );
    await clock.advance(1_000);
    expect(samples).toHaveLength(5);
    expect(samples[0]).toMatchObject({
      at: clock.now() - 800,
      elapsedMs: 200,
      cpu: { percent: 25, perCore: [50, 0] },
      memory: { percent: 25 },
      load: { oneMinute: 0.52 },
      gpus: [],
    });
    expect(samples[1]?.cpu?.percent).toBe(0);
    expect(await monitor.sample()).toBe(samples[4]);
  });

  it('looks at its own process once a second', async () => {
    await create().start();
    await clock.advance(2_200);
    expect(new Set(samples.map((sample) => sample.process)).size).toBe(3);
    const { process: own } = samples[9] ?? { process: undefined };
    expect(own?.residentBytes).toBeGreaterThan(10 * 2 ** 20);
    expect(own?.heapUsedBytes).toBeLessThanOrEqual(own?.heapTotalBytes ?? 0);
    expect(own?.eventLoopUtilization).toBeLessThanOrEqual(1);
  });

  it('leaves out what is switched off', async () => {
    await create({ cpu: false, disk: false, network: false }).start();
    await clock.advance(200);
    expect(Object.keys(samples[0] ?? {}).sort()).toEqual(['at', 'elapsedMs', 'gpus', 'memory', 'process']);
  });

  it('records what alert rules for the host name, and traffic as counters', async () => {
    await create().start();
    tree.write(
      'proc/stat',
      statText([
        [20, 0],
        [20, 0],
      ]),
    );
    tree.write('proc/diskstats', diskText(800, 80));
    tree.write('proc/net/dev', networkText({ eth0: [5_000, 700] }));
    await clock.advance(200);
    expect(valueOf('system_cpu_percent')).toBe(100);
    tree.write(
      'proc/stat',
      statText([
        [20, 100],
        [20, 100],
      ]),
    );
    await clock.advance(400);
    expect(valueOf('system_cpu_percent')).toBeCloseTo(100 / 3, 6);
    expect(valueOf('system_memory_percent')).toBe(25);
    expect(valueOf('system_disk_read_bytes')).toBeCloseTo(800 * 512, 3);
    expect(valueOf('system_network_received_bytes')).toBeCloseTo(5_000, 6);
    expect(valueOf('system_network_sent_bytes')).toBeCloseTo(700, 6);
  });

  it('says how it fares, and that it does not run before and after', async () => {
    create({ sampleRateMs: 500 });
    expect(monitor.status()).toMatchObject({
      running: false,
      source: undefined,
      since: undefined,
      gpu: 'off',
    });
    const startedAt = clock.now();
    await monitor.start();
    await clock.advance(10_000);
    expect(monitor.status()).toMatchObject({
      running: true,
      source: 'linux',
      sourceReason: undefined,
      since: startedAt,
      sampleRateMs: 500,
      samples: 20,
      failures: 0,
    });
    await monitor.stop();
    expect(monitor.status()).toMatchObject({ running: false, since: undefined });
  });

  it('warns once when it starts without the best source of the platform, and status says why', async () => {
    const warn = vi.fn<Logger['warn']>();
    await create({}, { root: '/nowhere', log: { ...silentLogger, warn } }).start();
    await clock.advance(1_000);
    expect(monitor.status()).toMatchObject({
      source: 'node-os',
      sourceReason: expect.stringContaining('/nowhere/proc/stat cannot be read') as string,
    });
    expect(warn).toHaveBeenCalledOnce();
  });

  it('takes a single sample while it does not run, and holds nothing afterwards', async () => {
    create();
    const handles = trackHandles();
    const asked = monitor.sample();
    await clock.advance(0);
    tree.write(
      'proc/stat',
      statText([
        [10, 10],
        [10, 10],
      ]),
    );
    await clock.advance(200);
    expect(await asked).toMatchObject({ elapsedMs: 200, cpu: { percent: 50 } });
    expect([samples.length, monitor.state, clock.pending]).toEqual([0, 'new', 0]);
    expect(handles.leaks()).toEqual([]);
  });

  it('stops without leaving a timer, twice, and takes no sample then', async () => {
    await create().start();
    await clock.advance(200);
    await monitor.stop();
    await monitor.stop();
    await clock.advance(1_000);
    expect([samples.length, clock.pending, monitor.state]).toEqual([1, 0, 'stopped']);
  });

  it('goes on when somebody who is handed a sample throws, and says so once', async () => {
    const warn = vi.fn<Logger['warn']>();
    const onSample = (): void => void JSON.parse('{');
    await create({}, { onSample, log: { ...silentLogger, warn } }).start();
    await clock.advance(600);
    expect(monitor.status()).toMatchObject({ samples: 3, failures: 3 });
    expect(warn).toHaveBeenCalledOnce();
  });

  it('is late by what a stalled event loop made it wait', async () => {
    const late = { ms: 0 };
    const slow = { ...clock, monotonic: () => clock.monotonic() + late.ms };
    await create({}, { clock: slow }).start();
    await clock.advance(800);
    late.ms = 350;
    await clock.advance(200);
    expect(samples[4]?.process.eventLoopDelayMs).toBeCloseTo(350, 6);
  });

  it.each([
    { sampleRateMs: 49 },
    { sampleRateMs: 60_001 },
    { gpu: 'yes' },
    { rate: 1 },
    { ownCpuPercentMax: 0 },
  ])('refuses the options %j', (options) => {
    create();
    expect(() => createHostMonitor(options as HostMonitorOptions)).toThrow(
      'createHostMonitor does not accept',
    );
  });

  it('lists processes on request, the busiest first', async () => {
    const stat = (name: string, ticks: number, pages: number): string =>
      `1 (${name}) S 1 1 1 0 -1 0 0 0 0 0 ${ticks} 0 0 0 20 0 3 0 5 0 ${pages} 0`;
    tree.write('proc/10/stat', stat('idle one', 100, 50));
    tree.write('proc/11/stat', stat('busy (two)', 100, 5));
    tree.write('proc/12/stat', stat('gone', 100, 5));
    create();
    const asked = monitor.processes();
    for (let turn = 0; turn < 5; turn += 1) await clock.advance(0);
    await vi.waitFor(() => expect(clock.pending).toBe(1));
    tree.write('proc/11/stat', stat('busy (two)', 110, 5));
    tree.remove('proc/12');
    await clock.advance(200);
    expect(await asked).toEqual([
      { pid: 11, parentPid: 1, name: 'busy (two)', cpuPercent: 50, residentBytes: 5 * 4_096, threads: 3 },
      { pid: 10, parentPid: 1, name: 'idle one', cpuPercent: 0, residentBytes: 50 * 4_096, threads: 3 },
    ]);
  });

  it.each([0, 51, 1.5])('lists from 1 to 50 processes, not %d', async (limit) => {
    create();
    await expect(monitor.processes(limit)).rejects.toMatchObject({ code: 'invalid_input' });
  });
});
