import { isRaptorFlowError } from 'raptorflow/kernel';
import { createFakeClock } from 'raptorflow/kernel/testing';
import { describe, expect, it } from 'vitest';
import { createResources } from './create-resources.ts';
import type { ResourcesOptions } from './options.ts';
import { keepingHandles } from '../testing/kept-handles.ts';

function make(cleanup: ResourcesOptions['cleanup'] = {}) {
  const clock = createFakeClock();
  const resources = keepingHandles(
    createResources({ idleAfterMs: 1_000, cleanup, leaks: { growth: false } }, { clock }),
  );
  return { clock, resources };
}

describe('cleanup', () => {
  it('closes what is idle and leaves what is in use alone', async () => {
    const { clock, resources } = make();
    const closed: string[] = [];
    const open = (id: string) => resources.register({ id, type: 'lock', dispose: () => closed.push(id) });
    open('old');
    await clock.advance(1_001);
    open('new');
    expect(await resources.cleanup()).toMatchObject({
      cleaned: 1,
      failed: 0,
      active: 1,
      cleanedByType: { lock: 1 },
    });
    expect(closed).toEqual(['old']);
    expect(resources.find('new')?.status).toBe('active');
  });

  it('closes what is in use only by force, and by force only what is named', async () => {
    const { resources } = make();
    for (const owner of ['a', 'b'])
      resources.register({ id: owner, type: 'lock', owner, dispose: () => undefined });
    await expect(resources.cleanup({ force: true })).rejects.toThrow(
      /say of which type, owner, workspace or run/,
    );
    expect(await resources.cleanup({ owner: 'a', force: true })).toMatchObject({ cleaned: 1 });
    expect(resources.list().map(({ id }) => id)).toEqual(['b']);
  });

  it('does not take for idle what a figure says is used', async () => {
    const { clock, resources } = make();
    let bytes = 0;
    resources.register({ id: 'busy', type: 'lock', activity: () => bytes, dispose: () => undefined });
    await clock.advance(5_000);
    bytes += 1;
    expect(await resources.cleanup()).toMatchObject({ cleaned: 0, active: 1 });
  });

  it('calls dispose first and then the strategy of the type, and counts what they say they freed', async () => {
    const { resources } = make({ strategies: { cache: ({ id }) => calls.push(`strategy ${id}`) && 30 } });
    const calls: string[] = [];
    resources.register({
      id: 'x',
      type: 'cache',
      owner: 'o',
      sizeBytes: 100,
      dispose: () => calls.push('dispose') && 12,
    });
    resources.register({ id: 'y', type: 'cache', owner: 'o', sizeBytes: 100 });
    const report = await resources.cleanup({ owner: 'o', force: true });
    expect(calls).toEqual(['dispose', 'strategy x', 'strategy y']);
    expect(report).toMatchObject({ cleaned: 2, bytesFreed: 72 });
  });

  it('counts the registered size where nobody says what was freed', async () => {
    const { resources } = make();
    resources.useStrategy('cache', () => undefined);
    resources.register({ type: 'cache', sizeBytes: 100 });
    expect(await resources.cleanup({ type: 'cache', force: true })).toMatchObject({ bytesFreed: 100 });
  });

  it('repeats what fails, longer each time, and keeps the cause when it gives up', async () => {
    const { clock, resources } = make({ retriesMax: 2, retryDelayMs: 100 });
    const attempts: number[] = [];
    const cause = new Error('busy');
    resources.register({
      id: 'x',
      type: 'lock',
      dispose: () => {
        attempts.push(clock.monotonic());
        throw cause;
      },
    });
    const report = resources.cleanup({ type: 'lock', force: true });
    await clock.advance(300);
    expect(await report).toMatchObject({
      cleaned: 0,
      failed: 1,
      failures: [{ id: 'x', type: 'lock', error: cause }],
    });
    expect(attempts).toEqual([0, 100, 300]);
    expect(resources.find('x')).toMatchObject({ status: 'error', error: cause });
  });

  it('tries what is in status error again, and succeeds when that is over', async () => {
    const { resources } = make({ retriesMax: 0 });
    let isBroken = true;
    const dispose = () => (isBroken ? Promise.reject(new Error('busy')) : Promise.resolve());
    resources.register({ id: 'x', type: 'lock', dispose });
    await resources.cleanup({ type: 'lock', force: true });
    isBroken = false;
    expect(await resources.cleanup()).toMatchObject({ cleaned: 1 });
    expect(resources.find('x')).toMatchObject({ status: 'cleaned_up', error: undefined });
  });

  it('gives up on what takes longer than its deadline', async () => {
    const { clock, resources } = make({ retriesMax: 0, deadlineMs: 500 });
    resources.register({ id: 'x', type: 'lock', dispose: () => new Promise(() => undefined) });
    const report = resources.cleanup({ type: 'lock', force: true });
    await clock.advance(500);
    const [failure] = (await report).failures;
    expect(isRaptorFlowError(failure?.error, 'timeout')).toBe(true);
    expect(clock.pending).toBe(0);
  });

  it('says that nothing closes what has neither dispose nor a strategy', async () => {
    const { resources } = make();
    resources.register({ id: 'x', type: 'lock' });
    const { failures } = await resources.cleanup({ type: 'lock', force: true });
    expect(String(failures[0]?.error)).toMatch(/register a lock with dispose, or give its type a strategy/);
  });

  it('closes each resource once, however many cleanups run', async () => {
    const { clock, resources } = make();
    let calls = 0;
    resources.register({
      type: 'lock',
      dispose: () => {
        calls += 1;
        return clock.sleep(100);
      },
    });
    const reports = [1, 2].map(() => resources.cleanup({ type: 'lock', force: true }));
    await clock.advance(100);
    expect((await Promise.all(reports)).map(({ cleaned }) => cleaned)).toEqual([1, 0]);
    expect(calls).toBe(1);
  });

  it('counts as cleaned what releases itself while it is closed', async () => {
    const { resources } = make();
    const handle = resources.register({ id: 'x', type: 'lock', dispose: () => handle.release() });
    expect(await resources.cleanup({ type: 'lock', force: true })).toMatchObject({ cleaned: 1, failed: 0 });
    expect(resources.summary()).toMatchObject({ total: 0, cleaned: 1, released: 0 });
  });

  it('closes so many at a time as it may', async () => {
    const { clock, resources } = make({ concurrency: 4 });
    let running = 0;
    let most = 0;
    for (let count = 0; count < 12; count += 1) {
      resources.register({
        type: 'lock',
        dispose: async () => {
          running += 1;
          most = Math.max(most, running);
          await clock.sleep(10);
          running -= 1;
        },
      });
    }
    const report = resources.cleanup({ type: 'lock', force: true });
    await clock.advance(30);
    expect(await report).toMatchObject({ cleaned: 12, durationMs: 30 });
    expect(most).toBe(4);
  });

  it('remembers what it has closed', async () => {
    const { resources } = make();
    resources.register({ id: 'x', type: 'lock', owner: 'o', dispose: () => undefined });
    await resources.cleanup({ owner: 'o', force: true });
    expect(resources.find('x')?.status).toBe('cleaned_up');
    expect(resources.list({ status: 'cleaned_up', owner: 'o' })).toHaveLength(1);
    expect(resources.list({ status: 'cleaned_up', owner: 'p' })).toEqual([]);
  });
});

describe('await using', () => {
  it('closes the resource at the end of its block', async () => {
    const { resources } = make();
    const closed: string[] = [];
    {
      await using handle = resources.register({ type: 'lock', dispose: () => closed.push('x') });
      expect(resources.find(handle.id)?.status).toBe('active');
    }
    expect(closed).toEqual(['x']);
    expect(resources.summary().total).toBe(0);
  });

  it('rejects with what closing fails with', async () => {
    const { resources } = make({ retriesMax: 0 });
    const handle = resources.register({ type: 'lock', dispose: () => Promise.reject(new Error('busy')) });
    await expect(handle[Symbol.asyncDispose]()).rejects.toThrow('busy');
  });
});

describe('a sweep', () => {
  it('closes what was not used for a day', async () => {
    const { clock, resources } = make();
    await resources.start();
    resources.register({ id: 'kept', type: 'lock', dispose: () => undefined });
    resources.register({ id: 'old', type: 'lock', lifetimeMsMax: Infinity, dispose: () => undefined });
    await clock.advance(80_000_000);
    resources.touch('kept');
    await clock.advance(7_000_000);
    expect(resources.find('old')?.status).toBe('cleaned_up');
    expect(resources.find('kept')?.status).not.toBe('cleaned_up');
    await resources.stop();
  });

  it('closes what belongs to a run that has ended', async () => {
    const { clock, resources } = make();
    await resources.start();
    resources.register({ id: 'orphan', type: 'lock', runId: 'r', dispose: () => undefined });
    resources.register({ id: 'other', type: 'lock', runId: 's', dispose: () => undefined });
    resources.ended({ runId: 'r' });
    await clock.advance(300_000);
    expect(resources.find('orphan')?.status).toBe('cleaned_up');
    expect(resources.find('other')?.status).toBe('idle');
    await resources.stop();
  });
});
