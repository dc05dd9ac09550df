import type { PipelineProgress } from 'raptorflow/pipeline';
import { describe, expect, it } from 'vitest';
import { PipelineBoard } from './pipeline-board.ts';

const clock = { now: () => 1_000 };
const progress = (read: number): PipelineProgress => ({ read }) as PipelineProgress;

describe('the board of pipelines', () => {
  it('shows a run from its beginning to its end, with what it told last', async () => {
    const board = new PipelineBoard(clock);
    const gate = Promise.withResolvers<void>();
    const work = board.watch('threats', async (tell) => {
      tell(progress(1));
      await gate.promise;
      tell(progress(2));
      return 'done';
    });
    expect(board.list()).toMatchObject([
      { name: 'threats', state: 'running', progress: { read: 1 }, endedAt: null },
    ]);
    gate.resolve();
    expect(await work).toBe('done');
    expect(board.list()).toMatchObject([{ state: 'ended', progress: { read: 2 }, endedAt: 1_000 }]);
  });

  it('shows that a run failed, and lets its caller know', async () => {
    const board = new PipelineBoard(clock);
    await expect(board.watch('threats', () => Promise.reject(new TypeError('no')))).rejects.toThrow('no');
    expect(board.list()).toMatchObject([{ state: 'failed' }]);
  });

  it('keeps fifty runs that have ended, and every one that goes on', async () => {
    const board = new PipelineBoard(clock);
    const gate = Promise.withResolvers<void>();
    const going = board.watch('first', () => gate.promise);
    for (let turn = 0; turn < 60; turn += 1) await board.watch(`run ${turn}`, async () => undefined);
    expect(board.list()).toHaveLength(51);
    expect(board.list()[0]?.name).toBe('run 59');
    expect(board.list().at(-1)).toMatchObject({ name: 'first', state: 'running' });
    gate.resolve();
    await going;
  });
});
