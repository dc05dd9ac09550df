import type { EventDraft } from 'raptorflow/bus';
import { RaptorFlowError, systemClock } from 'raptorflow/kernel';
import { createFakeClock } from 'raptorflow/kernel/testing';
import { afterEach, expect, test } from 'vitest';
import type { OpenDatabase } from '../../testing/databases.ts';
import {
  createOutboxRelay,
  type Database,
  type OutboxRelay,
  type OutboxRelayOptions,
  type OutboxTarget,
} from '../index.ts';

interface Sent {
  readonly channel: string;
  readonly draft: EventDraft;
}

interface FakeBus extends OutboxTarget {
  readonly sent: Sent[];
  /** Throws for an event that this does not take. */
  refuse: (draft: EventDraft) => void;
}

function createFakeBus(): FakeBus {
  const bus: FakeBus = {
    sent: [],
    refuse: () => undefined,
    async publishMany(channel, drafts) {
      for (const draft of drafts) bus.refuse(draft);
      bus.sent.push(...drafts.map((draft) => ({ channel, draft })));
    },
  };
  return bus;
}

const payloads = (bus: FakeBus, workspaceId: string): unknown[] =>
  bus.sent.filter(({ draft }) => draft.workspaceId === workspaceId).map(({ draft }) => draft.payload);

async function until(done: () => boolean | Promise<boolean>): Promise<void> {
  const deadline = systemClock.monotonic() + 5_000;
  while (!(await done()) && systemClock.monotonic() < deadline) await systemClock.sleep(5);
  expect(await done()).toBe(true);
}

/** What the outbox's relay promises. */
export function outboxSuite(open: OpenDatabase): void {
  let relays: OutboxRelay[] = [];
  afterEach(async () => {
    for (const relay of relays) await relay.stop();
    relays = [];
  });

  async function startRelay(
    database: Database,
    bus: OutboxTarget,
    options: OutboxRelayOptions = {},
    clock = systemClock,
  ): Promise<OutboxRelay> {
    // An hour between looks: whatever arrives in these tests was announced.
    const relay = createOutboxRelay({ pollMs: 3_600_000, ...options }, { database, bus, clock });
    relays.push(relay);
    await relay.start();
    return relay;
  }

  const publish = (database: Database, workspaceId: string, ...numbers: number[]): Promise<void> =>
    database.transaction(workspaceId, async (tx) => {
      for (const number of numbers) {
        tx.publish(number % 2 === 0 ? 'even' : 'odd', { type: 'number', payload: number });
      }
    });

  test('events arrive right after the commit, in order within a workspace, and leave the outbox', async () => {
    const database = await open({});
    const bus = createFakeBus();
    const relay = await startRelay(database, bus, { batchRowsMax: 3 });
    for (let number = 0; number < 12; number += 3) {
      await Promise.all([
        publish(database, 'a', number, number + 1, number + 2),
        publish(database, 'b', number, number + 1, number + 2),
      ]);
    }
    await until(async () => (await relay.status()).waiting === 0);
    const inOrder = Array.from({ length: 12 }, (_, index) => index);
    expect(payloads(bus, 'a')).toEqual(inOrder);
    expect(payloads(bus, 'b')).toEqual(inOrder);
    expect(new Set(bus.sent.map(({ draft }) => draft.id)).size).toBe(24);
    expect(bus.sent.find(({ draft }) => draft.payload === 2)?.channel).toBe('even');
  });

  test('what was committed before the relay started is relayed at its start', async () => {
    const database = await open({});
    await publish(database, 'a', 1);
    const bus = createFakeBus();
    await startRelay(database, bus);
    await until(() => bus.sent.length > 0);
    expect(payloads(bus, 'a')).toEqual([1]);
  });

  test('a workspace whose events the bus cannot take now waits; others do not, and nothing is lost', async () => {
    const database = await open({});
    const bus = createFakeBus();
    let taking = false;
    bus.refuse = (draft) => {
      if (draft.workspaceId === 'a' && !taking) throw new RaptorFlowError('exhausted', 'the channel is full');
    };
    const relay = await startRelay(database, bus, { batchRowsMax: 2 });
    await publish(database, 'a', 1, 2, 3, 4, 5);
    await publish(database, 'b', 1, 2, 3);
    await until(() => payloads(bus, 'b').length === 3);
    expect(payloads(bus, 'a')).toEqual([]);
    await until(async () => (await relay.status()).waiting === 5);
    taking = true;
    await until(() => payloads(bus, 'a').length === 5);
    expect(payloads(bus, 'a')).toEqual([1, 2, 3, 4, 5]);
  });

  test('an event that the bus refuses for good is set aside with the reason, and forgotten after its time', async () => {
    const clock = createFakeClock();
    const database = await open({}, { clock });
    const bus = createFakeBus();
    bus.refuse = (draft) => {
      if (draft.payload === 2) throw new RaptorFlowError('invalid_input', 'the payload breaks its contract');
    };
    const relay = await startRelay(database, bus, { refusedMaxAgeMs: 1_000 }, clock);
    await publish(database, 'a', 0, 2, 4);
    await until(() => bus.sent.length === 2);
    await until(async () => (await relay.status()).waiting === 0);
    expect(await relay.status()).toEqual({ waiting: 0, oldestMs: 0, refused: 1 });
    // Old ones are looked for once a minute.
    await clock.advance(60_000);
    await publish(database, 'a', 6);
    await until(async () => bus.sent.length === 3 && (await relay.status()).refused === 0);
    expect(payloads(bus, 'a')).toEqual([0, 4, 6]);
  });

  test('one relay works at a time, and another takes over when the first is gone', async () => {
    const clock = createFakeClock();
    const database = await open({}, { clock });
    const [first, second] = [createFakeBus(), createFakeBus()];
    const working = await startRelay(database, first, {}, clock);
    await publish(database, 'a', 1);
    await until(() => first.sent.length === 1);
    await startRelay(database, second, { pollMs: 1_000 }, clock);
    await publish(database, 'a', 2);
    await until(() => first.sent.length === 2);
    expect(second.sent).toEqual([]);
    await working.stop();
    await publish(database, 'a', 3);
    await until(() => second.sent.length === 1);
  });

  test('a relay that waits looks again as soon as the lease of a dead one ends, however seldom it looks otherwise', async () => {
    const clock = createFakeClock();
    const database = await open({}, { clock });
    const lease = { name: 'relay', holder: 'rly_dead', until_ms: clock.now() + 3_000 };
    await database
      .system<{ outbox_relays: typeof lease }>()
      .insertInto('outbox_relays')
      .values(lease)
      .execute();
    await publish(database, 'a', 1);
    const bus = createFakeBus();
    await startRelay(database, bus, {}, clock);
    await until(() => clock.pending === 1);
    await clock.advance(2_990);
    expect(bus.sent).toEqual([]);
    await clock.advance(20);
    await until(() => bus.sent.length === 1);
  });

  test('a sole owner does not wait for the lease of a process that died', async () => {
    const database = await open({});
    const lease = { name: 'relay', holder: 'rly_dead', until_ms: systemClock.now() + 3_600_000 };
    await database
      .system<{ outbox_relays: typeof lease }>()
      .insertInto('outbox_relays')
      .values(lease)
      .execute();
    await publish(database, 'a', 1);
    const bus = createFakeBus();
    await startRelay(database, bus, { soleOwner: true });
    await until(() => bus.sent.length === 1);
    expect(payloads(bus, 'a')).toEqual([1]);
  });

  test('a relay stops before it was started, and twice', async () => {
    const database = await open({});
    const relay = createOutboxRelay({}, { database, bus: createFakeBus() });
    await relay.stop();
    await relay.stop();
    expect(relay.state).toBe('stopped');
  });
}
