import { afterEach, beforeEach, describe, expect, it } from 'vitest';
import type { AlertRecord } from '../record.ts';
import { parseAlertRule } from '../rule-schema.ts';
import type { AlertChange, AlertStore } from '../store.ts';
import { deliveryNumber, transitionNumber } from './samples.ts';

/** A store in a test. */
export interface AlertStoreUnderTest {
  readonly store: AlertStore;
  /** Another store on the same content; the first one is closed by then. */
  reopen(): AlertStore;
  dispose(): Promise<void>;
}

const keeping = { transitionsMax: 50, deliveriesMax: 3 };
const nothing: AlertChange = { puts: [], removes: [], transitions: [] };

const rule: AlertRecord = {
  kind: 'rule',
  key: 'queue_long',
  body: parseAlertRule({ name: 'queue_long', metric: 'queue_length', condition: 'gt', threshold: 10 }),
};
const instance: AlertRecord = {
  kind: 'instance',
  key: 'alt_1',
  body: {
    ruleId: 'queue_long',
    key: '"queue":"mail",',
    tags: { queue: 'mail' },
    state: { kind: 'firing', pendingSince: 1.5, since: 2.25, clearSince: null },
    value: 0.1 + 0.2,
  },
};

/** What every store of alerts promises. */
export function alertStoreContract(name: string, make: () => Promise<AlertStoreUnderTest>): void {
  describe(`the store of alerts ${name}`, () => {
    let subject: AlertStoreUnderTest;
    let store: AlertStore;
    beforeEach(async () => {
      subject = await make();
      store = subject.store;
      await store.open(keeping);
    });
    afterEach(async () => {
      await store.close();
      await subject.dispose();
    });

    const reopen = async (): Promise<void> => {
      await store.close();
      store = subject.reopen();
      await store.open(keeping);
    };
    const put = (...puts: AlertRecord[]): Promise<void> => store.commit({ ...nothing, puts });

    it('gives back what was put, exactly, also to the next process', async () => {
      await put(rule, instance);
      expect(await store.load()).toEqual(expect.arrayContaining([rule, instance]));
      await reopen();
      const loaded = await store.load();
      expect(loaded).toHaveLength(2);
      expect(loaded).toEqual(expect.arrayContaining([rule, instance]));
    });

    it('replaces what has the same kind and key, and keeps kinds apart', async () => {
      const acknowledgement: AlertRecord = {
        kind: 'acknowledgement',
        key: 'alt_1',
        body: { alertId: 'alt_1', firingSince: 2, by: 'Ada', note: '', at: 3 },
      };
      await put(instance, acknowledgement);
      await put({ ...instance, body: { ...instance.body, value: null } } as AlertRecord);
      const loaded = await store.load();
      expect(loaded).toHaveLength(2);
      expect(loaded.find(({ kind }) => kind === 'instance')?.body).toMatchObject({ value: null });
      await store.commit({
        ...nothing,
        removes: [
          { kind: 'instance', key: 'alt_1' },
          { kind: 'rule', key: 'none' },
        ],
      });
      expect(await store.load()).toEqual([acknowledgement]);
    });

    it('shows history newest first, in pages that end', async () => {
      const transitions = Array.from({ length: 25 }, (_, n) => transitionNumber(n));
      await store.commit({ ...nothing, transitions });
      const first = await store.history({ limit: 10 });
      const second = await store.history({ limit: 10, cursor: first.next ?? '' });
      const third = await store.history({ limit: 10, cursor: second.next ?? '' });
      expect([...first.items, ...second.items, ...third.items]).toEqual(transitions.toReversed());
      expect(third.next).toBeNull();
    });

    it('keeps the order of arrival within one moment, over pages too', async () => {
      const transitions = Array.from({ length: 7 }, (_, n) => transitionNumber(n, { at: 5_000 }));
      await store.commit({ ...nothing, transitions });
      const first = await store.history({ limit: 3 });
      const rest = await store.history({ cursor: first.next ?? '' });
      expect([...first.items, ...rest.items].map(({ id }) => id)).toEqual(
        transitions.map(({ id }) => id).toReversed(),
      );
    });

    it('takes a transition once, however often it comes', async () => {
      await store.commit({ ...nothing, transitions: [transitionNumber(1)] });
      await store.commit({ ...nothing, transitions: [transitionNumber(1, { message: 'Again.' })] });
      const { items } = await store.history({});
      expect(items).toEqual([transitionNumber(1)]);
    });

    it('restricts history by workspace, rule, alert, state and time', async () => {
      const transitions = [
        transitionNumber(1),
        transitionNumber(2, { workspaceId: 'ws_1' }),
        transitionNumber(3, { rule: 'other' }),
        transitionNumber(4, { alertId: 'alt_2' }),
      ];
      await store.commit({ ...nothing, transitions });
      const idsOf = async (query: Parameters<AlertStore['history']>[0]): Promise<string[]> =>
        (await store.history(query)).items.map(({ id }) => id);
      expect(await idsOf({ workspaceId: 'ws_1' })).toEqual(['tr_2']);
      expect(await idsOf({ workspaceId: null })).toEqual(['tr_4', 'tr_3', 'tr_1']);
      expect(await idsOf({ rule: 'other' })).toEqual(['tr_3']);
      expect(await idsOf({ alertId: 'alt_2' })).toEqual(['tr_4']);
      expect(await idsOf({ to: 'firing' })).toEqual(['tr_3', 'tr_1']);
      expect(await idsOf({ since: 2_000, until: 4_000 })).toEqual(['tr_3', 'tr_2']);
    });

    it('keeps history within its limit and drops the oldest', async () => {
      await store.commit({
        ...nothing,
        transitions: Array.from({ length: 60 }, (_, n) => transitionNumber(n)),
      });
      const { items } = await store.history({ limit: 1_000 });
      expect(items).toHaveLength(50);
      expect(items.at(-1)?.id).toBe('tr_10');
    });

    it('refuses a cursor that no page gave', async () => {
      await expect(store.history({ cursor: 'nonsense' })).rejects.toMatchObject({ code: 'invalid_input' });
    });

    it('loads deliveries that are on their way, lists all, and forgets the oldest that are over', async () => {
      const bodies = [
        deliveryNumber(1, 'waiting'),
        deliveryNumber(2, 'failed'),
        ...[3, 4, 5].map((n) => deliveryNumber(n, 'delivered')),
        deliveryNumber(6, 'undelivered'),
      ];
      await put(...bodies.map((body) => ({ kind: 'delivery', key: body.id, body }) as const));
      const loaded = await store.load();
      expect(loaded.map(({ key }) => key).sort()).toEqual(['dlv_1', 'dlv_2']);
      const listed = await store.deliveries(100);
      expect(listed.map(({ id }) => id)).toEqual(['dlv_6', 'dlv_5', 'dlv_4', 'dlv_2', 'dlv_1']);
      expect(await store.deliveries(2)).toEqual([bodies[5], bodies[4]]);
    });

    it('answers only while it is open, and closes as often as one likes', async () => {
      await store.close();
      await store.close();
      await expect(store.load()).rejects.toMatchObject({ code: 'unavailable' });
      await expect(store.commit(nothing)).rejects.toMatchObject({ code: 'unavailable' });
    });
  });
}
