import { afterEach, beforeEach, describe, expect, it } from 'vitest';
import { seededRandom, silentLogger, systemClock } from '../../../kernel/index.ts';
import { usageMax, type Counter } from '../counter.ts';
import { quotaKey } from '../definition.ts';
import type { QuotaRecord } from '../record.ts';
import type { QuotaStore, QuotaStoreHost, Taken } from '../store.ts';
import { ModelCounter } from './model.ts';
import { counterOf, definitionOf, ManualPeriods, violationOf } from './samples.ts';

/** A store in a test. */
export interface QuotaStoreUnderTest {
  readonly store: QuotaStore;
  /** Another store on the same content; the first one is closed by then. */
  reopen(): QuotaStore;
  dispose(): Promise<void>;
}

const recordsMax = 20;
let holders = 0;

/** What the owner of a store in a test gives it. */
function hostOf(more: Partial<QuotaStoreHost> = {}): QuotaStoreHost {
  holders += 1;
  return {
    clock: systemClock,
    log: silentLogger,
    holder: `holder_${process.pid}_${holders}`,
    leaseMs: 15_000,
    countersMax: 1_000,
    recordsMax,
    onLeaseLost: () => undefined,
    ...more,
  };
}

/** What every store of quotas promises. */
export function quotaStoreContract(name: string, make: () => Promise<QuotaStoreUnderTest>): void {
  describe(`the store of quotas ${name}`, () => {
    let subject: QuotaStoreUnderTest;
    let store: QuotaStore;
    beforeEach(async () => {
      subject = await make();
      store = subject.store;
      await store.open(hostOf());
    });
    afterEach(async () => {
      await store.close();
      await subject.dispose();
    });

    const reopen = async (): Promise<void> => {
      await store.close();
      store = subject.reopen();
      await store.open(hostOf());
    };
    const take = async (amount: number, ...counters: Counter[]): Promise<Taken> =>
      store.take({ counters, amount, maxima: counters.map(({ limit }) => limit) });
    const used = async (...counters: Counter[]): Promise<number[]> =>
      (await store.read(counters)).map((reading) => reading.used);

    it('keeps definitions as they were put, also for the next process', async () => {
      await store.define(definitionOf('a'));
      await store.define(definitionOf('b'));
      await store.define(definitionOf('a', { limit: 7, burstLimit: 9, kind: 'soft' }));
      await store.remove('b');
      await store.remove('never');
      await reopen();
      expect(await store.definitions()).toEqual([
        definitionOf('a', { limit: 7, burstLimit: 9, kind: 'soft' }),
      ]);
    });

    it('keeps quotas of two workspaces apart that have one id, and what they count', async () => {
      const [one, two] = [definitionOf('a', { workspaceId: 'w1' }), definitionOf('a', { workspaceId: 'w2' })];
      const clock = new ManualPeriods();
      const [ofOne, ofTwo] = [one, two].map((quota) =>
        counterOf(quota.workspaceId ?? '', 'hard', 9, {
          clock,
          quotaId: 'a',
          quotaKey: quotaKey(quota),
          workspaceId: quota.workspaceId,
        }),
      ) as [Counter, Counter];
      await store.define(one);
      await store.define(two);
      await Promise.all([take(1, ofOne), take(2, ofTwo)]);
      await store.define({ ...one, epoch: 2 });
      expect(await used(ofTwo)).toEqual([2]);
      await store.remove(quotaKey(one));
      expect(await used(ofTwo)).toEqual([2]);
      await reopen();
      expect(await store.definitions()).toEqual([two]);
      expect(await used(ofTwo)).toEqual([2]);
    });

    it('takes from all counters or from none, and says which one had no room', async () => {
      const [small, large] = [counterOf('small', 'hard', 3), counterOf('large', 'hard', 10)];
      expect(await take(3, large, small)).toMatchObject({ refusedBy: -1, usage: [3, 3], limits: [10, 3] });
      expect(await take(1, large, small)).toMatchObject({ refusedBy: 1 });
      expect(await used(large, small)).toEqual([3, 3]);
    });

    it('lets a request lead as far as it may, and no further', async () => {
      const soft = counterOf('soft', 'soft', 2);
      const upTo = async (max: number, amount: number): Promise<Taken> =>
        store.take({ counters: [soft], amount, maxima: [max] });
      expect((await upTo(4, 4)).refusedBy).toBe(-1);
      expect((await upTo(4, 1)).refusedBy).toBe(0);
      expect((await upTo(usageMax, 2 ** 51)).usage).toEqual([2 ** 51 + 4]);
    });

    it('consumes nothing by a look', async () => {
      const counter = counterOf('a', 'hard', 10);
      await take(4, counter);
      await used(counter);
      expect(await store.read([counter, counterOf('new', 'hard', 5)])).toEqual([
        { used: 4, limit: 10 },
        { used: 0, limit: 5 },
      ]);
      expect((await take(6, counter)).refusedBy).toBe(-1);
    });

    it('counts exactly however many ask at once', async () => {
      const [own, all] = [counterOf('own', 'hard', 70), counterOf('all', 'hard', 50, { workspaceId: null })];
      const answers = await Promise.all(Array.from({ length: 200 }, () => take(1, own, all)));
      const usages = answers.filter(({ refusedBy }) => refusedBy < 0).map(({ usage }) => usage[1]);
      expect(usages.toSorted((a = 0, b = 0) => a - b)).toEqual(Array.from({ length: 50 }, (_, n) => n + 1));
      expect((await used(own))[0]).toBe(50);
    });

    it('gives back what is held, once a grant has it, and nothing of what was counted in a period', async () => {
      const [held, counted] = [
        counterOf('h', 'hard', 5),
        counterOf('p', 'hard', 9, { clock: new ManualPeriods() }),
      ];
      const { lease } = await take(4, held, counted);
      await store.give([held, counted], 4, lease);
      expect(await used(held, counted)).toEqual([0, 4]);
    });

    it('goes on with what was counted in periods after a restart, and begins anew with what was held', async () => {
      const periods = new ManualPeriods();
      const [held, counted] = [counterOf('h', 'hard', 5), counterOf('p', 'hard', 9, { clock: periods })];
      const { lease } = await take(4, held, counted);
      await reopen();
      expect(await used(held, counted)).toEqual([0, 4]);
      await take(2, held);
      // A grant of the process before has come back already.
      await store.give([held], 4, lease);
      expect(await used(held)).toEqual([2]);
    });

    it('keeps the newest records, each once, in the order in which they came', async () => {
      const record = (number: number, more = {}): QuotaRecord => ({
        kind: 'violation',
        body: violationOf(number, more),
      });
      await store.note(Array.from({ length: recordsMax + 5 }, (_, n) => record(n)));
      await store.note([record(10, { resolved: true, resolvedAt: 99 })]);
      await reopen();
      const kept = await store.records();
      expect(kept.map(({ body }) => body.at)).toEqual(Array.from({ length: recordsMax }, (_, n) => n + 5));
      expect(kept[5]).toEqual(record(10, { resolved: true, resolvedAt: 99 }));
    });

    it('raises a dynamic limit after five busy periods, to twice itself at most', async () => {
      const periods = new ManualPeriods();
      const counter = counterOf('d', 'dynamic', 100, { clock: periods });
      const seen: number[] = [];
      let raises = 0;
      for (let period = 0; period < 40; period += 1) {
        periods.index += 1;
        const first = await take(1, counter);
        raises += first.raises.length;
        const limit = first.limits[0] ?? 0;
        seen.push(limit);
        expect((await take(limit, counter)).refusedBy).toBe(0);
        expect((await take(limit - 1, counter)).refusedBy).toBe(-1);
      }
      expect(seen.slice(0, 6)).toEqual([100, 100, 100, 100, 100, 120]);
      expect(seen.at(-1)).toBe(200);
      expect(raises).toBe(new Set(seen).size - 1);
    });

    it('does not count back when a clock goes back', async () => {
      const periods = new ManualPeriods();
      const counter = counterOf('b', 'hard', 5, { clock: periods });
      await take(5, counter);
      periods.index -= 1;
      expect(await used(counter)).toEqual([5]);
      expect((await take(1, counter)).refusedBy).toBe(0);
      periods.index += 2;
      expect((await take(1, counter)).refusedBy).toBe(-1);
    });

    for (const seed of [1, 2, 3, 4]) {
      it(`does what the model does, request for request (story ${seed})`, async () => {
        await tellStory(store, seed, (found, wanted) => expect(found).toEqual(wanted));
      });
    }
  });
}

interface Held {
  readonly places: readonly number[];
  readonly amount: number;
  readonly lease: unknown;
}

async function tellStory(
  store: QuotaStore,
  seed: number,
  compare: (found: unknown, wanted: unknown) => void,
): Promise<void> {
  const random = seededRandom(seed);
  const below = (n: number): number => Math.floor(random.next() * n);
  const periods = new ManualPeriods();
  const clocked = { clock: periods };
  const counters = [
    counterOf('hard', 'hard', 20, clocked),
    counterOf('held', 'hard', 12),
    counterOf('burst', 'burst', 6, clocked),
    counterOf('dynamic', 'dynamic', 8, clocked),
    counterOf('everybody', 'hard', 40, { ...clocked, workspaceId: null }),
    counterOf('places', 'hard', 14, { workspaceId: null }),
    counterOf('soft', 'soft', 5, { workspaceId: 'w1' }),
  ];
  const maxOf = ({ kind, limit }: Counter): number =>
    kind === 'burst' ? 3 * limit : kind === 'soft' ? usageMax : limit;
  const models = counters.map((counter) => new ModelCounter(counter));
  const model = (place: number): ModelCounter => models[place] as ModelCounter;
  const held: Held[] = [];
  for (let step = 0; step < 300; step += 1) {
    if (below(8) === 0) periods.index += 1 + (below(6) === 0 ? below(4) : 0);
    if (below(3) === 0 && held.length > 0) {
      const [grant] = held.splice(below(held.length), 1);
      if (!grant) continue;
      await store.give(
        grant.places.map((place) => counters[place] as Counter),
        grant.amount,
        grant.lease,
      );
      for (const place of grant.places) model(place).release(grant.amount);
      continue;
    }
    const drawn = counters.map((_, place) => place).filter(() => below(3) === 0);
    // A refusal elsewhere may keep a dynamic counter from being asked, and its limit from rising.
    const isAlone = drawn.some((place) => counters[place]?.kind === 'dynamic');
    const places = drawn.filter((place) => !isAlone || counters[place]?.workspaceId !== null);
    if (places.length === 0) continue;
    const amount = 1 + below(4);
    const asked = places.map((place) => counters[place] as Counter);
    const taken = await store.take({ counters: asked, amount, maxima: asked.map(maxOf) });
    for (const place of places) model(place).meet(periods.index);
    const before = places.map((place) => model(place).used(periods.index));
    const refusing = places.flatMap((place, at) => {
      const counter = counters[place] as Counter;
      const most = counter.kind === 'dynamic' ? model(place).limit() : maxOf(counter);
      return (before[at] ?? 0) + amount > most ? [at] : [];
    });
    const isGranted = refusing.length === 0;
    const { refusedBy, usage } = taken;
    compare(
      { step, fits: isGranted ? refusedBy === -1 : refusing.includes(refusedBy) },
      { step, fits: true },
    );
    if (isGranted) for (const place of places) model(place).grant(periods.index, amount);
    const after = places.map((place) => model(place).used(periods.index));
    if (isGranted) compare({ step, usage }, { step, usage: after });
    else compare({ step, usage: usage[refusedBy] }, { step, usage: after[refusedBy] });
    if (isGranted) held.push({ places, amount, lease: taken.lease });
  }
  const readings = await store.read(counters);
  compare(
    readings.map(({ used }) => used),
    models.map((each) => each.used(periods.index)),
  );
}
