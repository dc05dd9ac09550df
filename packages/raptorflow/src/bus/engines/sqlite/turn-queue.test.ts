import { describe, expect, it } from 'vitest';
import { RaptorFlowError, silentLogger } from '../../../kernel/index.ts';
import { createFakeClock } from '../../../kernel/testing/index.ts';
import type { SqliteStore } from '../../../storage/index.ts';
import type { NewEvent, StoredEvent } from '../../engine.ts';
import type { TurnInput, TurnOutput } from './protocol.ts';
import { TurnQueue } from './turn-queue.ts';

const clock = createFakeClock();
const full = new RaptorFlowError('storage_full', 'no room');
const event = (id: string): NewEvent => ({
  id,
  channel: 'lab',
  type: 't',
  workspace: '',
  priority: 'normal',
  body: '{}',
});

interface Rig {
  readonly queue: TurnQueue;
  readonly turns: TurnInput[];
  readonly seen: StoredEvent[];
  fail: boolean;
  /** Lets turns wait until it is called. */
  hold(): () => void;
}

function build(): Rig {
  const turns: TurnInput[] = [];
  const seen: StoredEvent[] = [];
  let door: Promise<void> = Promise.resolve();
  const rig = { fail: false };
  const answer = (): TurnOutput => ({
    outcomes: null,
    visible: null,
    born: [],
    deliveries: [],
    fates: [],
    fenced: 0,
    dueAt: null,
    sweepAt: null,
  });
  const store = {
    state: 'running',
    async call(_: string, input: TurnInput) {
      turns.push(input);
      await door;
      if (rig.fail) throw full;
      return answer();
    },
  } as unknown as SqliteStore;
  const queue = new TurnQueue(store, clock, silentLogger, { onTurn: (_, stored) => seen.push(...stored) });
  return Object.assign(rig, {
    queue,
    turns,
    seen,
    hold() {
      let open: () => void = () => undefined;
      door = new Promise((resolve) => {
        open = resolve;
      });
      return open;
    },
  });
}

const settle = async (): Promise<void> => {
  for (let turn = 0; turn < 5; turn += 1) await new Promise((resolve) => setImmediate(resolve));
};

describe('the queue of turns', () => {
  it('sends what one turn of the event loop brings together', async () => {
    const { queue, turns, seen } = build();
    const outcomes = await Promise.all([
      queue.append([[event('a')]]),
      queue.append([[event('b'), event('c')]]),
    ]);
    expect(turns).toHaveLength(1);
    expect(turns[0]?.append?.units).toEqual([1, 2]);
    expect(outcomes[1]).toEqual([{ kind: 'stored', ids: ['b', 'c'], duplicates: 0 }]);
    expect(seen.map((stored) => (stored as NewEvent).id)).toEqual(['a', 'b', 'c']);
  });

  it('keeps two turns under way and gathers the rest for the next one', async () => {
    const { queue, turns, hold } = build();
    const open = hold();
    const waiting: Promise<unknown>[] = [];
    for (let n = 0; n < 10; n += 1) {
      waiting.push(queue.append([[event(String(n))]]));
      await settle();
    }
    expect(turns.map(({ append }) => append?.kind.length)).toEqual([1, 1]);
    open();
    await Promise.all(waiting);
    expect(turns.map(({ append }) => append?.kind.length)).toEqual([1, 1, 8]);
  });

  it('cuts a flood of publishes into turns of a bearable size', async () => {
    const { queue, turns } = build();
    await Promise.all(Array.from({ length: 3_000 }, (_, n) => queue.append([[event(String(n))]])));
    expect(turns.map(({ append }) => append?.kind.length)).toEqual([128, 128, 1_024, 1_024, 696]);
  });

  it('does not wait for the end of the turn of the event loop once enough has gathered', async () => {
    const { queue, turns } = build();
    const waiting: Promise<unknown>[] = [];
    for (let n = 0; n < 127; n += 1) waiting.push(queue.append([[event(String(n))]]));
    expect(turns).toHaveLength(0);
    waiting.push(queue.append([[event('127')]]));
    expect(turns.map(({ append }) => append?.kind.length)).toEqual([128]);
    waiting.push(queue.append([[event('128')]]));
    await Promise.all(waiting);
    expect(turns.map(({ append }) => append?.kind.length)).toEqual([128, 1]);
  });

  it('lets more events share a turn where turns take long, until they are quick again', async () => {
    const { queue, turns, hold } = build();
    const flood = async (): Promise<(number | undefined)[]> => {
      const from = turns.length;
      await Promise.all(Array.from({ length: 256 }, (_, n) => queue.append([[event(String(n))]])));
      return turns.slice(from).map(({ append }) => append?.kind.length);
    };
    expect(await flood()).toEqual([128, 128]);
    const open = hold();
    const slow = queue.append([[event('slow')]]);
    await settle();
    await clock.advance(60);
    open();
    await slow;
    expect(await flood()).toEqual([256]);
    for (let turn = 0; turn < 20; turn += 1) await queue.append([[event('quick')]]);
    expect(await flood()).toEqual([128, 128]);
  });

  it('tells publishers that a turn failed, and says what members reported again until it is stored', async () => {
    const rig = build();
    rig.fail = true;
    const append = rig.queue.append([[event('a')]]);
    const settled = rig.queue.settle(1, [{ ref: 7, kind: 'done' }]);
    rig.queue.allow(1, 5);
    await expect(append).rejects.toBe(full);
    await settle();
    expect(rig.turns).toHaveLength(1);
    await clock.advance(1_000);
    await settle();
    expect(rig.turns).toHaveLength(2);
    rig.fail = false;
    await clock.advance(1_000);
    await settled;
    expect(rig.turns.at(-1)).toMatchObject({
      settlements: [{ member: 1, done: [7], others: [] }],
      rooms: [[1, 5]],
      append: null,
    });
  });

  it('drains when nothing is left, also when the last turn fails', async () => {
    const rig = build();
    rig.fail = true;
    const append = rig.queue.append([[event('a')]]).catch(() => undefined);
    await rig.queue.drain();
    await append;
    await rig.queue.drain();
    expect(rig.turns).toHaveLength(1);
  });

  it('refuses everything once closed, and rejects what still waited', async () => {
    const rig = build();
    const append = rig.queue.append([[event('a')]]);
    rig.queue.close();
    await expect(append).rejects.toMatchObject({ code: 'unavailable' });
    await expect(rig.queue.settle(1, [])).rejects.toMatchObject({ code: 'unavailable' });
    await settle();
    expect(rig.turns).toEqual([]);
  });
});
