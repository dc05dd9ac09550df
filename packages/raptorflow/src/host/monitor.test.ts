import { afterEach, expect, it, vi } from 'vitest';
import { silentLogger, type Logger } from '../kernel/index.ts';
import { createFakeClock } from '../kernel/testing/index.ts';
import { silentMeter } from '../metrics/index.ts';
import type { HostSource } from './host-source.ts';
import { SamplingMonitor } from './monitor.ts';
import { Recorder } from './recorder.ts';
import type { HostReading } from './sample.ts';

const options = {
  sampleRateMs: 200,
  cpu: true,
  memory: true,
  disk: true,
  network: true,
  gpu: false,
  ownCpuPercentMax: 1,
} as const;

const stops: (() => Promise<void>)[] = [];
afterEach(async () => {
  for (const stop of stops.splice(0)) await stop();
});

/** A monitor over a source whose every reading takes as long as `world.costMs` says. */
function dearMonitor(read: () => HostReading | Promise<HostReading> = () => ({}), periodMsMin = 50) {
  const clock = createFakeClock();
  const world = { costMs: 0, spentMs: 0, reads: 0, warn: vi.fn<Logger['warn']>() };
  const source: HostSource = {
    name: 'node-os',
    periodMsMin,
    open: () => Promise.resolve(),
    read() {
      world.reads += 1;
      world.spentMs += world.costMs;
      return read();
    },
    processes: () => Promise.resolve([]),
    close: () => undefined,
  };
  const monitor = new SamplingMonitor(options, {
    clock: { ...clock, monotonic: () => clock.monotonic() + world.spentMs },
    log: { ...silentLogger, warn: world.warn },
    recorder: new Recorder(silentMeter),
    choose: () => Promise.resolve({ source, reason: undefined }),
    gpu: undefined,
    gpuProcesses: () => Promise.resolve(new Map<number, number>()),
    onSample: undefined,
    threadCpuMs: () => world.spentMs,
  });
  stops.push(() => monitor.stop());
  return { monitor, clock, world };
}

it('a monitor that costs more than it may halves its rate, says so once, and tells its cost', async () => {
  const { monitor, clock, world } = dearMonitor();
  await monitor.start();
  world.costMs = 10;
  await clock.advance(10_400);
  expect(monitor.status().sampleRateMs).toBe(400);
  expect(monitor.status().ownCpuPercent).toBeGreaterThan(4);
  await clock.advance(30_000);
  expect(monitor.status().sampleRateMs).toBeGreaterThan(400);
  expect(world.warn).toHaveBeenCalledOnce();
});

it('a monitor that sheds and costs little again comes back to its rate', async () => {
  const { monitor, clock, world } = dearMonitor();
  await monitor.start();
  world.costMs = 10;
  await clock.advance(10_400);
  world.costMs = 0.1;
  await clock.advance(25_000);
  expect(monitor.status().sampleRateMs).toBe(200);
});

it('a monitor within its limit keeps its rate', async () => {
  const { monitor, clock, world } = dearMonitor();
  await monitor.start();
  world.costMs = 1.5;
  await clock.advance(60_000);
  expect(monitor.status().sampleRateMs).toBe(200);
  expect(world.warn).not.toHaveBeenCalled();
});

it('a slow source is asked one thing at a time, no more often than it is worth, and not waited for at the end', async () => {
  const answers: ((reading: HostReading) => void)[] = [];
  const { monitor, clock, world } = dearMonitor(() => new Promise((resolve) => answers.push(resolve)), 1_000);
  await monitor.start();
  expect(monitor.status().sampleRateMs).toBe(1_000);
  await clock.advance(3_000);
  expect([world.reads, monitor.status().samples]).toEqual([1, 0]);
  answers[0]?.({});
  await clock.advance(1_000);
  expect([world.reads, monitor.status().samples]).toEqual([2, 1]);
  await monitor.stop();
  answers[1]?.({});
  await clock.advance(1_000);
  expect([world.reads, monitor.status().samples]).toEqual([2, 1]);
});

it('a source that fails is asked again, and its failures are counted', async () => {
  let isBroken = true;
  const { monitor, clock, world } = dearMonitor(() =>
    isBroken ? Promise.reject(new TypeError('gone')) : {},
  );
  await monitor.start();
  await clock.advance(600);
  isBroken = false;
  await clock.advance(400);
  expect(monitor.status()).toMatchObject({ failures: 3, samples: 2 });
  expect(world.warn).toHaveBeenCalledOnce();
});
