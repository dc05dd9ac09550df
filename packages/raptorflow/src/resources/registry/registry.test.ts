import { createFakeClock } from 'raptorflow/kernel/testing';
import { isRaptorFlowError } from 'raptorflow/kernel';
import { createMetrics } from 'raptorflow/metrics';
import { describe, expect, it } from 'vitest';
import { createResources } from './create-resources.ts';
import type { ResourcesOptions } from './options.ts';
import type { Resources } from './resources.ts';
import { keepingHandles } from '../testing/kept-handles.ts';

function make(options: ResourcesOptions = {}) {
  const clock = createFakeClock();
  const resources = keepingHandles(createResources({ leaks: { growth: false }, ...options }, { clock }));
  return { clock, resources };
}

function codeOf(run: () => unknown): string {
  try {
    run();
  } catch (error) {
    if (isRaptorFlowError(error)) return error.code;
  }
  return 'none';
}

describe('a registered resource', () => {
  it('is found with everything that was said about it', async () => {
    const { clock, resources } = make();
    const metadata = { path: '/tmp/x' };
    resources.register({
      id: 'file',
      type: 'file_handle',
      owner: 'crawler',
      workspaceId: 'ws',
      agentId: 'a',
      runId: 'r',
      sizeBytes: 5,
      metadata,
    });
    await clock.advance(250);
    expect(resources.find('file')).toMatchObject({
      id: 'file',
      type: 'file_handle',
      status: 'active',
      owner: 'crawler',
      workspaceId: 'ws',
      agentId: 'a',
      runId: 'r',
      sizeBytes: 5,
      ageMs: 250,
      idleMs: 250,
      createdAt: clock.now() - 250,
      leaseId: undefined,
    });
    expect(resources.find('file')?.metadata).toBe(metadata);
  });

  it('has an id of its own when none is given, by which it is touched and released', async () => {
    const { clock, resources } = make();
    const { id } = resources.register({ type: 'cache' });
    await clock.advance(100);
    expect(resources.touch(id)).toBe(true);
    expect(resources.find(id)?.idleMs).toBe(0);
    expect(resources.release(id)).toBe(true);
    expect([resources.find(id), resources.touch(id), resources.release(id)]).toEqual([
      undefined,
      false,
      false,
    ]);
  });

  it('is not confused with a later one in its place', () => {
    const { resources } = make();
    const first = resources.register({ type: 'lock' });
    const { id } = first;
    first.release();
    const second = resources.register({ type: 'lock' });
    first.release();
    first.resize(7);
    expect(resources.release(id)).toBe(false);
    expect(second.id).not.toBe(id);
    expect(resources.find(second.id)).toMatchObject({ status: 'active', sizeBytes: 0 });
  });

  it('keeps its id from others while it is open, and not afterwards', () => {
    const { resources } = make();
    const handle = resources.register({ id: 'one', type: 'lock' });
    expect(codeOf(() => resources.register({ id: 'one', type: 'cache' }))).toBe('conflict');
    handle.release();
    expect(codeOf(() => resources.register({ id: 'one', type: 'cache' }))).toBe('none');
  });

  it.each([
    { type: 'Not A Type' },
    { type: 'lock', id: '' },
    { type: 'lock', id: 'x'.repeat(201) },
    { type: 'lock', sizeBytes: -1 },
    { type: 'lock', sizeBytes: Number.NaN },
    { type: 'lock', lifetimeMsMax: 0 },
  ])('is refused when it is impossible: %j', (options) => {
    const { resources } = make();
    expect(codeOf(() => resources.register(options))).toBe('invalid_input');
    expect(resources.summary().total).toBe(0);
  });

  it('counts with its size, as it is resized', () => {
    const { resources } = make();
    const handle = resources.register({ type: 'memory', sizeBytes: 100 });
    handle.resize(40);
    expect(resources.summary().bytes).toBe(40);
    handle.release();
    expect(resources.summary().bytes).toBe(0);
  });
});

describe('resourcesMax', () => {
  it('refuses one more with the places that opened most, and takes it once there is room', () => {
    const { resources } = make({ resourcesMax: 20 });
    for (let count = 0; count < 15; count += 1)
      resources.register({ type: 'lock', owner: 'greedy', site: 'loop.ts:7' });
    const handles = Array.from({ length: 5 }, () => resources.register({ type: 'cache', owner: 'modest' }));
    expect(() => resources.register({ type: 'lock' })).toThrow(
      /resourcesMax is 20\. Most were opened here: 15 of loop\.ts:7; 5 of /,
    );
    expect(codeOf(() => resources.register({ type: 'lock' }))).toBe('exhausted');
    handles[0]?.release();
    expect(codeOf(() => resources.register({ type: 'lock' }))).toBe('none');
  });

  it('holds however much the table has to grow', () => {
    const { resources } = make({ resourcesMax: 1_000 });
    const handles = Array.from({ length: 1_000 }, (_, index) =>
      resources.register({ type: 'lock', sizeBytes: index }),
    );
    expect(codeOf(() => resources.register({ type: 'lock' }))).toBe('exhausted');
    expect(resources.find(handles[3]?.id ?? '')?.sizeBytes).toBe(3);
    expect(resources.find(handles[999]?.id ?? '')?.sizeBytes).toBe(999);
  });
});

describe('lists and summaries', () => {
  function filled(): Resources {
    const { resources } = make();
    resources.register({ id: 'a', type: 'lock', owner: 'x', workspaceId: 'w1', runId: 'r1' });
    resources.register({ id: 'b', type: 'lock', owner: 'y', workspaceId: 'w1', agentId: 'g' });
    resources.register({ id: 'c', type: 'cache', owner: 'x', workspaceId: 'w2', sizeBytes: 9 });
    return resources;
  }

  it.each([
    [{}, 'abc'],
    [{ type: 'lock' }, 'ab'],
    [{ owner: 'x' }, 'ac'],
    [{ workspaceId: 'w1', owner: 'x' }, 'a'],
    [{ agentId: 'g' }, 'b'],
    [{ runId: 'r1' }, 'a'],
    [{ status: 'active' as const, type: 'cache' }, 'c'],
    [{ status: 'leaked' as const }, ''],
    [{ type: 'unheard_of' }, ''],
    [{ limit: 2 }, 'ab'],
  ])('with %j are those that fit', (filter, ids) => {
    const found = filled()
      .list(filter)
      .map(({ id }) => id);
    expect(found.join('')).toBe(ids);
  });

  it('count by type, status, owner and workspace', () => {
    expect(filled().summary()).toMatchObject({
      total: 3,
      bytes: 9,
      byType: { lock: 2, cache: 1 },
      byStatus: { active: 3, idle: 0, leaked: 0, error: 0, cleaned_up: 0 },
      byOwner: { x: 2, y: 1 },
      byWorkspace: { w1: 2, w2: 1 },
      registered: 3,
      released: 0,
    });
  });
});

describe('status', () => {
  it('is idle after idleAfterMs without use, seen by the next scan, and active again by use', async () => {
    const { clock, resources } = make({ idleAfterMs: 1_000 });
    const handle = resources.register({ id: 'one', type: 'lock' });
    await clock.advance(1_001);
    resources.leaks.scan();
    expect(resources.find('one')?.status).toBe('idle');
    handle.touch();
    expect(resources.find('one')?.status).toBe('active');
  });

  it('stays active where a figure says that it is used', async () => {
    const { clock, resources } = make({ idleAfterMs: 1_000 });
    let bytes = 0;
    resources.register({ id: 'one', type: 'lock', activity: () => bytes });
    bytes += 1;
    await clock.advance(1_001);
    resources.leaks.scan();
    expect(resources.find('one')?.status).toBe('active');
    await clock.advance(1_001);
    resources.leaks.scan();
    expect(resources.find('one')?.status).toBe('idle');
  });
});

describe('the service', () => {
  it('scans and sweeps by itself while it runs, faster in development, and leaves no timer behind', async () => {
    const clock = createFakeClock();
    const found: string[] = [];
    const resources = keepingHandles(
      createResources(
        { development: true, leaks: { growth: false, ageMs: { lock: 1_000 } } },
        { clock, onLeak: ({ type }) => found.push(type) },
      ),
    );
    await resources.start();
    resources.register({ type: 'lock' });
    await clock.advance(9_999);
    expect(found).toEqual([]);
    await clock.advance(1);
    expect(found).toEqual(['lock']);
    await resources.stop();
    await resources.stop();
    expect(clock.pending).toBe(0);
  });

  it('registers nothing after its end, and lets what is open be released', async () => {
    const { resources } = make();
    const handle = resources.register({ type: 'lock' });
    await resources.stop();
    expect(codeOf(() => resources.register({ type: 'lock' }))).toBe('unavailable');
    expect(codeOf(() => resources.lease())).toBe('unavailable');
    handle.release();
    expect(resources.summary().total).toBe(0);
  });

  it('waits for what closes slowly no longer than it may when it stops', async () => {
    const { clock, resources } = make({ cleanup: { deadlineMs: 60_000 } });
    await resources.start();
    resources.lease().register({ type: 'lock', dispose: () => new Promise(() => undefined) });
    const stopping = resources.stop({ deadlineMs: 700 });
    await clock.advance(699);
    expect(resources.state).toBe('stopping');
    await clock.advance(1);
    await stopping;
    expect(resources.state).toBe('stopped');
  });

  it('refuses options that it does not know', () => {
    expect(codeOf(() => createResources({ resourcesMax: 0 }))).toBe('invalid_options');
    expect(codeOf(() => createResources({ leaks: { every: 1 } as never }))).toBe('invalid_options');
  });
});

it('resources are metrics: counts by type and status, bytes, leaks and what was cleaned', async () => {
  const clock = createFakeClock();
  const metrics = createMetrics({}, { clock });
  const resources = keepingHandles(
    createResources(
      { idleAfterMs: 100, leaks: { growth: false, ageMs: { lock: 1_000 } }, cleanup: { retriesMax: 0 } },
      { clock, meter: metrics },
    ),
  );
  const value = (name: string, tags: Record<string, string> = {}): number | undefined => {
    const metric = metrics.snapshot().metrics.find(({ definition }) => definition.name === name);
    const series = metric && 'series' in metric ? metric.series : [];
    const [wanted, count] = [Object.entries(tags), Object.keys(tags).length];
    const found = series.find(
      (one) =>
        Object.keys(one.tags).length === count && wanted.every(([key, text]) => one.tags[key] === text),
    );
    return found && 'value' in found ? Number(found.value) : undefined;
  };
  resources.register({ type: 'lock', sizeBytes: 7, dispose: () => undefined });
  resources.register({ type: 'cache', sizeBytes: 3 });
  await clock.advance(2_000);
  resources.leaks.scan();
  expect(value('resource_count', { status: 'leaked', type: 'lock' })).toBe(1);
  expect(value('resource_count', { status: 'idle', type: 'cache' })).toBe(1);
  expect(value('resource_leaks')).toBe(1);
  expect(value('resource_bytes')).toBe(10);
  expect(value('resource_leaks_detected', { reason: 'age', severity: 'medium' })).toBe(1);
  await resources.cleanup();
  expect(value('resources_cleaned', { type: 'lock' })).toBe(1);
  expect(value('resource_freed_bytes')).toBe(7);
  expect(value('resource_errors', { type: 'cache' })).toBe(1);
  expect(value('resource_leaks')).toBe(0);
  expect(value('resource_leaks_judged', { reason: 'age', verdict: 'right' })).toBe(1);
  expect(value('resources_registered')).toBe(2);
  const scans = metrics
    .snapshot()
    .metrics.find(({ definition }) => definition.name === 'resource_leak_scan_ms');
  expect(scans?.series).toMatchObject([{ value: { count: 1 } }]);
});
