import { afterEach, describe, expect, it } from 'vitest';
import { seededRandom } from '../kernel/index.ts';
import type { Backtest } from './backtest.ts';
import type { AlertRuleDraft } from './rule.ts';
import { createWorld, queueRule, stepMs, type World } from './testing/world.ts';

let world: World;
afterEach(() => world.alerts.stop());

/** What a back-test says, in the words of history: when each series entered which state. */
function entriesOf({ series }: Backtest): string[] {
  return series
    .flatMap(({ labels, intervals }) =>
      intervals.flatMap(({ state, from, to }) => {
        const left = to === null ? [] : [`${to} ${labels['s']} left ${state}`];
        return [`${from} ${labels['s']} ${state}`, ...left];
      }),
    )
    .sort();
}

/** The same from the history of the running service. */
async function entriesOfHistory(): Promise<string[]> {
  const { items } = await world.alerts.history({ limit: 1_000 });
  return items
    .flatMap(({ at, tags, from, to }) => [
      ...(to === 'inactive' || to === 'resolved' ? [] : [`${at} ${tags['s']} ${to}`]),
      ...(from === 'inactive' || from === 'resolved' ? [] : [`${at} ${tags['s']} left ${from}`]),
    ])
    .sort();
}

async function playRandomly(seed: number, steps: number): Promise<{ from: number; to: number }> {
  const random = seededRandom(seed);
  const from = world.clock.now() + stepMs;
  const values = [0, 0, 0];
  for (let step = 0; step < steps; step += 1) {
    for (const [series, value] of values.entries()) {
      if (random.next() < 0.3) values[series] = Math.floor(random.next() * 20);
      world.history.record('queue_length', { s: String(series) }, world.clock.now() + stepMs, value);
    }
    await world.pass(stepMs);
  }
  return { from, to: world.clock.now() };
}

describe('a back-test', () => {
  const rules: readonly AlertRuleDraft[] = [
    queueRule,
    { ...queueRule, durationSeconds: 25, keepFiringSeconds: 30, resolveThreshold: 5 },
    { ...queueRule, aggregation: 'average', windowSeconds: 40 },
    { ...queueRule, aggregation: 'max', windowSeconds: 30, condition: 'lt', threshold: 5 },
    { ...queueRule, condition: 'change', threshold: 3, change: { mode: 'absolute', earlierSeconds: 20 } },
  ];

  it.each(rules.map((rule, index) => [index, rule] as const))(
    'of rule %i finds what the running service did',
    async (index, rule) => {
      world = await createWorld();
      await world.alerts.rules.put(rule);
      const range = await playRandomly(index, 60);
      const backtest = await world.alerts.backtest(rule, range);
      const entries = await entriesOfHistory();
      expect(entries.length).toBeGreaterThan(5);
      expect(entriesOf(backtest)).toEqual(entries);
      expect(backtest.evaluations).toBe(60);
      const { items } = await world.alerts.history({ to: 'firing', limit: 1_000 });
      expect(backtest.firings).toBe(items.length);
      expect(backtest.firingsPerDay).toBeCloseTo((items.length * 86_400_000) / (59 * stepMs), 1);
      expect(backtest.notificationsCount).toBe(world.listener.told.length);
    },
  );

  it('changes nothing and needs no rule of that name', async () => {
    world = await createWorld();
    const range = await playRandomly(9, 20);
    const { firings } = await world.alerts.backtest({ ...queueRule, durationSeconds: 0 }, range);
    expect(firings).toBeGreaterThan(0);
    expect(world.alerts.list()).toEqual([]);
    expect(world.alerts.rules.list()).toEqual([]);
    expect((await world.alerts.history()).items).toEqual([]);
    expect(world.listener.told).toEqual([]);
  });

  it('of a composite rule replays its members too', async () => {
    world = await createWorld();
    const member = { ...queueRule, durationSeconds: 0 };
    const composite = {
      name: 'many',
      condition: 'any',
      rules: ['queue_long'],
      by: ['s'],
      intervalSeconds: 10,
      durationSeconds: 20,
    } as const;
    await world.alerts.rules.put(member);
    await world.alerts.rules.put(composite);
    const range = await playRandomly(4, 60);
    const backtest = await world.alerts.backtest(composite, range);
    const { items } = await world.alerts.history({ rule: 'many', to: 'firing', limit: 1_000 });
    expect(items.length).toBeGreaterThan(0);
    expect(backtest.firings).toBe(items.length);
  });

  it('of a rule with long windows evaluates in steps that fit, and says which', async () => {
    world = await createWorld();
    const range = await playRandomly(5, 20);
    const day = { ...queueRule, windowSeconds: 86_400, intervalSeconds: 30 };
    expect((await world.alerts.backtest(day, { from: range.to - 86_400_000, to: range.to })).stepMs).toBe(
      720_000,
    );
    expect((await world.alerts.backtest({ ...queueRule, windowSeconds: 45 }, range)).stepMs).toBe(11_250);
    expect((await world.alerts.backtest(queueRule, { ...range, stepSeconds: 25 })).stepMs).toBe(30_000);
  });

  it('refuses ranges that are none, or too long', async () => {
    world = await createWorld();
    const wrong = { code: 'invalid_input' };
    await expect(world.alerts.backtest(queueRule, { from: 2, to: 1 })).rejects.toMatchObject(wrong);
    const years = { from: 0, to: 400 * 86_400_000 };
    await expect(world.alerts.backtest(queueRule, years)).rejects.toMatchObject(wrong);
  });

  it('cannot be without a stored past', async () => {
    const other = await createWorld();
    await other.alerts.stop();
    world = await createWorld({}, { sources: { live: other.history } });
    await expect(world.alerts.backtest(queueRule, { from: 0, to: 1 })).rejects.toMatchObject({
      code: 'unavailable',
    });
  });
});
