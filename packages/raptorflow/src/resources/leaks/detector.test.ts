import { createFakeClock } from 'raptorflow/kernel/testing';
import { describe, expect, it } from 'vitest';
import { createResources } from '../registry/create-resources.ts';
import type { LeakOptions } from '../registry/options.ts';
import { keepingHandles } from '../testing/kept-handles.ts';

const second = 1_000;

function make(leaks: LeakOptions = {}) {
  const clock = createFakeClock();
  const resources = keepingHandles(
    createResources({ leaks: { growth: false, ...leaks }, cleanup: { retriesMax: 0 } }, { clock }),
  );
  return { clock, resources };
}

describe('a leak by age', () => {
  it.each([
    ['memory', 3_600],
    ['thread', 3_600],
    ['file_handle', 1_800],
    ['async_task', 1_800],
    ['network_connection', 600],
    ['database_connection', 300],
    ['temporary_file', 900],
    ['process', 3_600],
    ['of_my_own', 3_600],
  ])('is found of %s after %d s, not before', async (type, seconds) => {
    const { clock, resources } = make();
    resources.register({ type });
    await clock.advance(seconds * second);
    expect(resources.leaks.scan().found).toEqual([]);
    await clock.advance(1);
    expect(resources.leaks.scan().found).toMatchObject([{ type, reason: 'age' }]);
  });

  it('needs that it was unused for half of that', async () => {
    const { clock, resources } = make();
    const handle = resources.register({ type: 'database_connection' });
    await clock.advance(290 * second);
    handle.touch();
    await clock.advance(150 * second);
    expect(resources.leaks.scan().found).toEqual([]);
    await clock.advance(1);
    expect(resources.leaks.scan().found).toHaveLength(1);
  });

  it.each([
    [1.5, 'low', ''],
    [2, 'medium', ''],
    [3, 'high', 'HIGH PRIORITY: '],
    [5, 'critical', 'URGENT: '],
  ] as const)('at %d times the limit is %s', async (ratio, severity, prefix) => {
    const { clock, resources } = make({ ageMs: { lock: 10 * second } });
    resources.register({ type: 'lock', owner: 'o', workspaceId: 'w', site: 'here.ts:3' });
    await clock.advance(ratio * 10 * second);
    const [leak] = resources.leaks.scan().found;
    expect(leak).toMatchObject({
      severity,
      callSite: 'here.ts:3',
      evidence: { age_ms: ratio * 10 * second, limit_ms: 10 * second },
    });
    expect(leak?.suggestedAction.startsWith(`${prefix}release it where it was opened (here.ts:3)`)).toBe(
      true,
    );
    expect(leak?.description).toMatch(
      /^lock res_\S+ of o, workspace w is open for .+ and unused for .+; a resource of its type is suspected after 10s\.$/,
    );
  });

  it('waits as long as the resource itself asks for', async () => {
    const { clock, resources } = make();
    resources.register({ type: 'database_connection', lifetimeMsMax: Number.POSITIVE_INFINITY });
    resources.register({ id: 'short', type: 'database_connection', lifetimeMsMax: 5 * second });
    await clock.advance(6 * second);
    expect(resources.leaks.scan().found.map(({ resource }) => resource?.id)).toEqual(['short']);
    await clock.advance(90_000 * second);
    expect(resources.leaks.scan().found).toEqual([]);
  });

  it('is told once, and grows more severe', async () => {
    const { clock, resources } = make();
    resources.register({ type: 'database_connection' });
    await clock.advance(301 * second);
    expect(resources.leaks.scan()).toMatchObject({ open: 1, found: [{ severity: 'low' }] });
    await clock.advance(1_300 * second);
    expect(resources.leaks.scan()).toMatchObject({ open: 1, found: [] });
    expect(resources.leaks.list()).toMatchObject([{ severity: 'critical', resource: { status: 'leaked' } }]);
  });

  it('is not told of what cannot be closed: its status says so already', async () => {
    const { clock, resources } = make();
    resources.register({ type: 'database_connection' });
    await resources.cleanup({ type: 'database_connection', force: true });
    await clock.advance(1_000 * second);
    expect(resources.leaks.scan().found).toEqual([]);
  });
});

describe('a verdict', () => {
  async function leaked() {
    const made = make();
    const handle = made.resources.register({
      id: 'x',
      type: 'database_connection',
      dispose: () => undefined,
    });
    await made.clock.advance(400 * second);
    const [leak] = made.resources.leaks.scan().found;
    return { ...made, handle, leakId: leak?.id ?? '' };
  }

  it('is taken back when the resource is used, and was wrong', async () => {
    const { resources, handle } = await leaked();
    handle.touch();
    expect(resources.leaks.list()).toEqual([]);
    expect(resources.find('x')?.status).toBe('active');
    expect(resources.leaks.accuracy()).toMatchObject({ wrong: 1, confirmed: 0, precision: 0, open: 0 });
  });

  it('is taken back when the owner releases the resource after all, and was wrong', async () => {
    const { resources, handle } = await leaked();
    handle.release();
    expect(resources.leaks.list()).toEqual([]);
    expect(resources.leaks.accuracy()).toMatchObject({ wrong: 1, byReason: { age: { wrong: 1 } } });
  });

  it('was right when the resource is cleaned up', async () => {
    const { resources } = await leaked();
    await resources.cleanup();
    expect(resources.leaks.list()).toEqual([]);
    expect(resources.leaks.accuracy()).toMatchObject({ confirmed: 1, wrong: 0, precision: 1, recall: 1 });
  });

  it('is confirmed by a person, and then counts once', async () => {
    const { resources, leakId } = await leaked();
    expect(resources.leaks.confirm(leakId)).toBe(true);
    expect(resources.leaks.list()).toHaveLength(1);
    await resources.cleanup();
    expect(resources.leaks.accuracy()).toMatchObject({ confirmed: 1, wrong: 0 });
    expect(resources.leaks.confirm(leakId)).toBe(false);
  });

  it('is rejected by a person, and does not come back with the next scan', async () => {
    const { resources, leakId } = await leaked();
    expect(resources.leaks.reject(leakId)).toBe(true);
    expect(resources.leaks.scan()).toMatchObject({ open: 0, found: [] });
    expect(resources.leaks.accuracy()).toMatchObject({ wrong: 1 });
    expect(resources.leaks.reject(leakId)).toBe(false);
  });

  it('that somebody misses counts against recall', async () => {
    const { resources } = await leaked();
    resources.register({ id: 'missed', type: 'lock' });
    expect(resources.leaks.report('missed')).toBe(true);
    expect([resources.leaks.report('x'), resources.leaks.report('nothing')]).toEqual([false, false]);
    await resources.cleanup({ type: 'database_connection' });
    expect(resources.leaks.accuracy()).toMatchObject({ confirmed: 1, missed: 1, recall: 0.5, precision: 1 });
  });

  it('is listed up to leaksMax, and all are counted', async () => {
    const { clock, resources } = make({ leaksMax: 3 });
    const handles = Array.from({ length: 5 }, () => resources.register({ type: 'database_connection' }));
    await clock.advance(400 * second);
    expect(resources.leaks.scan()).toMatchObject({ open: 5, scanned: 5 });
    expect(resources.leaks.list()).toHaveLength(3);
    for (const handle of handles) handle.release();
    expect(resources.leaks.scan().open).toBe(0);
  });
});

describe('a place that was watched', () => {
  async function learned(lifetimeMs: number, count = 40) {
    const made = make({ learnedAgeMsMin: second });
    for (let at = 0; at < count; at += 1) {
      const handle = made.resources.register({ type: 'database_connection', site: 'query.ts:12' });
      await made.clock.advance(lifetimeMs);
      handle.release();
    }
    return made;
  }

  it('has its resources suspected long before the limit of their type', async () => {
    const { clock, resources } = await learned(100);
    resources.register({ type: 'database_connection', site: 'query.ts:12' });
    await clock.advance(1_500);
    const [leak] = resources.leaks.scan().found;
    expect(leak).toMatchObject({
      reason: 'call_site',
      callSite: 'query.ts:12',
      evidence: { usual_lifetime_ms: 128, releases_seen: 40 },
    });
  });

  it('has its resources left alone as long as they usually live, whatever the limit of their type', async () => {
    const { clock, resources } = await learned(2_000 * second);
    resources.register({ type: 'database_connection', site: 'query.ts:12' });
    await clock.advance(3_000 * second);
    expect(resources.leaks.scan().found).toEqual([]);
    await clock.advance(9_000 * second);
    expect(resources.leaks.scan().found).toHaveLength(1);
  });

  it.each([
    ['100 ms', 100, 301],
    ['2,000 s', 2_000 * second, 4_000],
  ])(
    'makes limits longer and never shorter where only the owner is known of its resources, which live %s',
    async (_words, lifetimeMs, suspectedAfter) => {
      const { clock, resources } = make({ learnedAgeMsMin: second });
      for (let at = 0; at < 40; at += 1) {
        const handle = resources.register({ type: 'database_connection', owner: 'pool' });
        await clock.advance(lifetimeMs);
        handle.release();
      }
      resources.register({ type: 'database_connection', owner: 'pool' });
      await clock.advance((suspectedAfter - 2) * second);
      expect(resources.leaks.scan().found).toEqual([]);
      await clock.advance(suspectedAfter === 301 ? 2 * second : 12_000 * second);
      expect(resources.leaks.scan().found).toHaveLength(1);
    },
  );

  it('says nothing while too few were released', async () => {
    const { clock, resources } = await learned(100, 19);
    resources.register({ type: 'database_connection', site: 'query.ts:12' });
    await clock.advance(200 * second);
    expect(resources.leaks.scan().found).toEqual([]);
  });

  it('is believed less after each wrong verdict', async () => {
    const { clock, resources } = await learned(100);
    const suspectedAfter = async (): Promise<number> => {
      const handle = resources.register({ type: 'database_connection', site: 'query.ts:12' });
      let waited = 0;
      while (resources.leaks.scan().found.length === 0) {
        await clock.advance(250);
        waited += 250;
      }
      handle.touch();
      handle.release();
      return waited;
    };
    const first = await suspectedAfter();
    const again = await suspectedAfter();
    expect(again).toBeGreaterThan(first * 1.5);
  });

  it('does not learn from what was cleaned up', async () => {
    const { clock, resources } = await learned(100);
    for (let at = 0; at < 40; at += 1) {
      resources.register({ type: 'database_connection', site: 'query.ts:12', dispose: () => undefined });
    }
    await clock.advance(100 * second);
    await resources.cleanup({ type: 'database_connection', force: true });
    resources.register({ type: 'database_connection', site: 'query.ts:12' });
    await clock.advance(2 * second);
    expect(resources.leaks.scan().found).toHaveLength(1);
  });
});

describe('a call site', () => {
  it('is the line that opened the resource, for the first ones of a place', async () => {
    const { clock, resources } = make();
    resources.register({ type: 'database_connection' });
    await clock.advance(400 * second);
    expect(resources.leaks.scan().found[0]?.callSite).toMatch(/detector\.test\.ts:\d+:\d+/);
  });

  it('is what others of its kind had, where its own was not taken', async () => {
    const { clock, resources } = make();
    for (let count = 0; count < 20; count += 1)
      resources.register({ id: `c${count}`, type: 'database_connection' });
    await clock.advance(400 * second);
    resources.leaks.scan();
    expect(resources.find('c19')?.callSite).toMatch(/^probably .*detector\.test\.ts/);
    expect(resources.find('c3')?.callSite).not.toMatch(/^probably/);
  });

  it('is taken of one in stackEvery later', () => {
    const { resources } = make({ stackEvery: 16 });
    for (let count = 1; count <= 40; count += 1) resources.register({ id: `c${count}`, type: 'lock' });
    const exact = resources.list().filter(({ callSite }) => callSite?.startsWith('probably') === false);
    expect(exact.map(({ id }) => id).slice(8)).toEqual(['c16', 'c32']);
  });
});

describe('what belongs to something that has ended', () => {
  it.each([{ runId: 'r' }, { agentId: 'r' }, { owner: 'r' }])(
    'is a leak a second later: %j',
    async (ending) => {
      const { clock, resources } = make();
      resources.register({ id: 'x', type: 'lock', ...ending });
      resources.register({ id: 'y', type: 'lock' });
      resources.ended(ending);
      await clock.advance(999);
      expect(resources.leaks.scan().found).toEqual([]);
      await clock.advance(1);
      expect(resources.leaks.scan().found).toMatchObject([{ reason: 'ownership', resource: { id: 'x' } }]);
    },
  );

  it('is well when it was opened afterwards', async () => {
    const { clock, resources } = make();
    resources.ended({ owner: 'o' });
    resources.register({ type: 'lock', owner: 'o' });
    await clock.advance(5 * second);
    expect(resources.leaks.scan().found).toEqual([]);
  });
});
