import { afterEach, describe, expect, it, vi, type Mock } from 'vitest';
import { silentLogger, type Logger } from '../../kernel/index.ts';
import { createFakeClock, type FakeClock } from '../../kernel/testing/index.ts';
import { clings, fakeNvidiaSmi, printing, runsOn, type FakeNvidiaSmi } from '../testing/fake-nvidia-smi.ts';
import { brokenLines, gpuOutputs } from '../testing/gpu-fixtures.ts';
import { GpuStream, silenceMsMax } from './gpu-stream.ts';

interface World {
  readonly smi: FakeNvidiaSmi;
  readonly clock: FakeClock;
  readonly stream: GpuStream;
  readonly warn: Mock<Logger['warn']>;
}

const worlds: World[] = [];
afterEach(async () => {
  for (const { stream, smi } of worlds.splice(0)) {
    await stream.stop();
    smi.dispose();
  }
});

function world(
  script: string,
  rest: { command?: string; isExpected?: boolean; isPossible?: boolean } = {},
): World {
  const [smi, clock, warn] = [fakeNvidiaSmi(script), createFakeClock(), vi.fn<Logger['warn']>()];
  const { command = smi.command, isExpected = false, isPossible = true } = rest;
  const stream = new GpuStream({
    clock,
    log: { ...silentLogger, warn },
    command,
    isPossible: () => isPossible,
    isExpected,
  });
  const built = { smi, clock, stream, warn };
  worlds.push(built);
  stream.start();
  return built;
}

const reach = (stream: GpuStream, state: GpuStream['state']): Promise<void> =>
  vi.waitFor(() => expect(stream.state).toBe(state), { timeout: 10_000 });

const alive = (pid: number): boolean => {
  try {
    return process.kill(pid, 0);
  } catch {
    return false;
  }
};

describe('the stream of GPUs', () => {
  it('asks for everything once a second, in one child, and has the newest figures of every GPU', async () => {
    const { stream, smi } = world(printing(gpuOutputs[550].repeat(3), runsOn));
    await reach(stream, 'streaming');
    await vi.waitFor(() => expect(stream.figures()).toHaveLength(2));
    expect(stream.figures().map(({ index, percent }) => [index, percent])).toEqual([
      [0, undefined],
      [1, 100],
    ]);
    expect(smi.starts()).toEqual([
      '--query-gpu=index,uuid,name,utilization.gpu,utilization.memory,memory.used,memory.total,temperature.gpu,power.draw,power.limit --format=csv,noheader,nounits -lms 1000',
    ]);
  });

  it('passes over broken lines and counts them', async () => {
    const { stream } = world(printing([...brokenLines, gpuOutputs[470]].join('\n'), runsOn));
    await reach(stream, 'streaming');
    expect(stream.figures()).toHaveLength(1);
    expect(stream.report.brokenLines).toBe(brokenLines.length);
  });

  it('forgets a GPU that is not told of any more', async () => {
    const { stream, clock } = world(printing(gpuOutputs[470], runsOn));
    await reach(stream, 'streaming');
    await clock.advance(5_001);
    expect(stream.figures()).toEqual([]);
  });

  it('starts nvidia-smi again when it dies, later each time', async () => {
    const { stream, clock, smi } = world(printing(gpuOutputs[470], 'exit 9'));
    for (const waitMs of [1_000, 2_000, 4_000]) {
      await reach(stream, 'waiting');
      const { starts } = stream.report;
      await clock.advance(waitMs - 1);
      expect(stream.report.starts).toBe(starts);
      await clock.advance(1);
      expect(stream.report.starts).toBe(starts + 1);
    }
    await reach(stream, 'waiting');
    smi.become(printing(gpuOutputs[570], runsOn));
    await clock.advance(8_000);
    await reach(stream, 'streaming');
    expect(stream.figures().map(({ name }) => name)).toEqual(['NVIDIA H100 80GB HBM3']);
  });

  it('ends and replaces one that hangs, also when it does not listen', async () => {
    const { stream, clock, smi } = world(printing(gpuOutputs[470], clings));
    await reach(stream, 'streaming');
    const [hanging = 0] = smi.pids();
    smi.become(printing(gpuOutputs[470], runsOn));
    await clock.advance(silenceMsMax);
    expect(stream.state).toBe('waiting');
    await clock.advance(1_000);
    await vi.waitFor(() => expect(alive(hanging)).toBe(false));
    await reach(stream, 'streaming');
    expect(stream.report.starts).toBe(2);
  });

  it('is absent, without a word, where there is no nvidia-smi', async () => {
    const { stream, clock, warn } = world('', { command: '/nowhere/nvidia-smi' });
    await reach(stream, 'absent');
    expect([stream.figures(), clock.pending, warn.mock.calls.length]).toEqual([[], 0, 0]);
  });

  it('is absent, and starts nothing, where no GPU is possible', () => {
    const { stream, clock } = world(printing(gpuOutputs[470], runsOn), { isPossible: false });
    expect([stream.state, stream.report.starts, clock.pending]).toEqual(['absent', 0, 0]);
  });

  it('warns of the absence of GPUs that were expected', async () => {
    const { stream, warn } = world('', { command: '/nowhere/nvidia-smi', isExpected: true });
    await reach(stream, 'absent');
    expect(warn).toHaveBeenCalledOnce();
  });

  it('is absent where the driver finds no device', async () => {
    const { stream, clock } = world(printing('No devices were found', 'exit 6'));
    await reach(stream, 'absent');
    expect(clock.pending).toBe(0);
  });

  it('is absent after five starts that never gave a figure', async () => {
    const { stream, clock, smi } = world(printing(brokenLines[0] ?? '', 'exit 9'));
    for (const waitMs of [1_000, 2_000, 4_000, 8_000]) {
      await reach(stream, 'waiting');
      await clock.advance(waitMs);
    }
    await reach(stream, 'absent');
    await clock.advance(1_000_000);
    expect([stream.report.starts, smi.starts().length]).toEqual([5, 5]);
  });

  it('leaves no child and no timer when it is stopped, in whatever state', async () => {
    const { stream, clock, smi } = world(printing(gpuOutputs[470], runsOn));
    await reach(stream, 'streaming');
    await stream.stop();
    expect([stream.state, stream.figures(), clock.pending]).toEqual(['off', [], 0]);
    expect(smi.pids().filter(alive)).toEqual([]);
    smi.become('exit 9');
    stream.start();
    await reach(stream, 'waiting');
    await stream.stop();
    expect(clock.pending).toBe(0);
  });
});
