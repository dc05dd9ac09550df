// oxlint-disable vitest/no-standalone-expect, vitest/expect-expect -- the assertions stand in the model's methods.
import { DatabaseSync } from 'node:sqlite';
import fc from 'fast-check';
import { describe, expect, it } from 'vitest';
import type { Delivery, NewEvent, Settlement } from '../../engine.ts';
import { packSettlements, unpackDeliveries } from './columns.ts';
import type { AppendColumns, ProgramSettings, TurnInput, TurnOutput } from './protocol.ts';
import { createProgram, migrations } from './program.ts';

/*
 * The delivery state machine against a model that is too simple to be wrong: every event of the group is waiting, in hand, or settled.
 * Random histories of publishing, claiming, settling, dying, rolling back and waiting must never part the two.
 */

const settings: ProgramSettings = { policies: [], deadLettersPerReasonMax: 1_000 };
const member = 1;

type Place =
  | { readonly kind: 'waiting'; readonly dueAt: number; readonly attempts: number; readonly fresh: boolean }
  | { readonly kind: 'in_hand'; readonly ref: number; readonly attempt: number; begun: boolean }
  | { readonly kind: 'settled' };

interface Tracked {
  readonly lane: string;
  readonly key: string | null;
  readonly order: number;
  place: Place;
}

/** The member may take events, this one too, in the turn that stores it. */
interface Publish {
  readonly do: 'publish';
  readonly workspace: number;
  readonly priority: number;
  readonly key: number;
  readonly room: number;
}

type Step =
  | Publish
  | { readonly do: 'claim'; readonly room: number }
  | { readonly do: 'begin'; readonly which: number }
  | { readonly do: 'settle'; readonly which: number; readonly how: number; readonly afterMs: number }
  | { readonly do: 'die' }
  | { readonly do: 'roll_back'; readonly room: number }
  | { readonly do: 'wait'; readonly ms: number };

const step: fc.Arbitrary<Step> = fc.oneof(
  {
    weight: 6,
    arbitrary: fc.record({
      do: fc.constant('publish' as const),
      workspace: fc.nat(2),
      priority: fc.nat(3),
      key: fc.nat(3),
      room: fc.nat(5),
    }),
  },
  { weight: 5, arbitrary: fc.record({ do: fc.constant('claim' as const), room: fc.nat(5) }) },
  { weight: 3, arbitrary: fc.record({ do: fc.constant('begin' as const), which: fc.nat(9) }) },
  {
    weight: 6,
    arbitrary: fc.record({
      do: fc.constant('settle' as const),
      which: fc.nat(9),
      how: fc.nat(4),
      afterMs: fc.nat(3_000),
    }),
  },
  { weight: 1, arbitrary: fc.record({ do: fc.constant('die' as const) }) },
  { weight: 1, arbitrary: fc.record({ do: fc.constant('roll_back' as const), room: fc.nat(5) }) },
  { weight: 2, arbitrary: fc.record({ do: fc.constant('wait' as const), ms: fc.nat(2_000) }) },
);

function eventOf(id: string): NewEvent {
  const body = JSON.stringify({ id, type: 't', channel: 'lab.a', timestamp: 'now', payload: {} });
  return { id, channel: 'lab.a', type: 't', workspace: '', priority: 'normal', body };
}

function columnsOf(
  id: string,
  workspace: string,
  priority: number,
  orderingKey: string | null,
): AppendColumns {
  const rest = { dedupeKey: null, dedupeMs: 0, delayMs: 0, expiresInMs: null, deadLetter: null };
  return {
    units: null,
    kinds: [{ channel: 'lab.a', workspace, priority, type: 't' }],
    kind: [0],
    ids: id,
    areNew: false,
    bodies: eventOf(id).body,
    requests: null,
    extras: [{ orderingKey, ...rest }],
  };
}

type Operations = Record<'turn' | 'recover' | 'join' | 'counts', (input: unknown) => unknown>;

class Pair {
  readonly #db = new DatabaseSync(':memory:');
  readonly #ordered: boolean;
  readonly #tracked = new Map<string, Tracked>();
  #operations: Operations;
  #now = 1_000_000;
  #made = 0;

  constructor(ordered: boolean) {
    this.#ordered = ordered;
    for (const migration of migrations.steps) migration.up(this.#db);
    this.#operations = this.#build();
    this.#operations.recover({ now: this.#now, begun: [] });
    this.#join();
  }

  run(one: Step): void {
    switch (one.do) {
      case 'publish':
        this.#publish(one);
        break;
      case 'claim':
        this.#note(this.#turn({ rooms: [[member, one.room]] }), one.room);
        break;
      case 'begin': {
        const place = this.#inHand(one.which)?.place;
        if (place?.kind === 'in_hand') place.begun = true;
        break;
      }
      case 'settle':
        this.#settle(one.which, one.how, one.afterMs);
        break;
      case 'die':
        this.#die();
        break;
      case 'roll_back':
        this.#db.exec('BEGIN');
        this.#turn({ rooms: [[member, one.room]], append: columnsOf('evt_lost', 'w0', 0, null) });
        this.#db.exec('ROLLBACK');
        // Room is a fact about the member and outlives the transaction; it is set back so that the model knows it.
        this.#turn({ rooms: [[member, 0]] });
        break;
      case 'wait':
        this.#now += one.ms;
        break;
    }
  }

  /** Settles everything: nothing may be left behind. */
  drain(): void {
    for (let round = 0; round < 1_000; round += 1) {
      const left = [...this.#tracked.values()].filter(({ place }) => place.kind !== 'settled');
      if (left.length === 0) return;
      this.#now += 5_000;
      const output = this.#turn({
        rooms: [[member, 100]],
        settlements: [packSettlements(member, this.#acknowledgements())],
      });
      for (const tracked of left) if (tracked.place.kind === 'in_hand') tracked.place = { kind: 'settled' };
      this.#note(output, 100);
    }
    expect.fail(`events were left behind: ${JSON.stringify([...this.#tracked].slice(0, 5))}`);
  }

  #acknowledgements(): Settlement[] {
    const settlements: Settlement[] = [];
    for (const { place } of this.#tracked.values()) {
      if (place.kind === 'in_hand') settlements.push({ ref: place.ref, kind: 'done' });
    }
    return settlements;
  }

  #build(): Operations {
    return createProgram(this.#db, settings).operations as unknown as Operations;
  }

  #join(): void {
    const spec = { group: 'team', pattern: 'lab.*', types: null, ordered: this.#ordered, from: 'earliest' };
    expect(this.#operations.join({ now: this.#now, member, spec })).toBeNull();
  }

  #turn(input: Partial<TurnInput>): TurnOutput {
    const whole = { now: this.#now, settlements: [], rooms: [], append: null, ...input };
    return this.#operations.turn(whole) as TurnOutput;
  }

  #publish({ workspace, priority, key, room }: Publish): void {
    this.#made += 1;
    const id = `evt_${this.#made}`;
    const orderingKey = key === 0 ? null : `key-${key}`;
    const append = columnsOf(id, `w${workspace}`, priority, orderingKey);
    const lane = `${workspace}/${priority}`;
    const place: Place = { kind: 'waiting', dueAt: 0, attempts: 0, fresh: true };
    this.#tracked.set(id, { lane, key: this.#ordered ? 'lane' : orderingKey, order: this.#made, place });
    this.#note(this.#turn({ append, rooms: [[member, room]] }), room, [eventOf(id)]);
    if (room > 0) this.#note(this.#turn({ rooms: [[member, 0]] }), 0);
  }

  #settle(which: number, how: number, afterMs: number): void {
    const found = this.#inHand(which);
    if (found?.place.kind !== 'in_hand') return;
    const { ref, attempt } = found.place;
    const error = { name: 'Error', message: 'no', stack: null, code: null };
    const waiting = (dueAt: number, attempts: number): Place => ({
      kind: 'waiting',
      dueAt,
      attempts,
      fresh: false,
    });
    const outcomes: readonly (readonly [Settlement, Place])[] = [
      [{ ref, kind: 'done' }, { kind: 'settled' }],
      [{ ref, kind: 'retry', afterMs, countAttempt: true, error }, waiting(this.#now + afterMs, attempt)],
      [
        { ref, kind: 'retry', afterMs, countAttempt: false, error },
        waiting(this.#now + afterMs, attempt - 1),
      ],
      [{ ref, kind: 'release' }, waiting(this.#now, attempt - 1)],
      [{ ref, kind: 'dead', reason: 'max_retries_exceeded', error, attempts: attempt }, { kind: 'settled' }],
    ];
    const [settlement, place] = outcomes[how] ?? [
      { ref, kind: 'done' } as const,
      { kind: 'settled' } as const,
    ];
    found.place = place;
    const output = this.#turn({ settlements: [packSettlements(member, [settlement])], rooms: [[member, 0]] });
    this.#note(output, 0);
    // A second settlement of the same claim is fenced.
    expect(this.#turn({ settlements: [packSettlements(member, [settlement])] }).fenced).toBe(1);
  }

  #die(): void {
    const begun: number[] = [];
    for (const tracked of this.#tracked.values()) {
      const { place } = tracked;
      if (place.kind !== 'in_hand') continue;
      if (place.begun) begun.push(place.ref);
      const attempts = place.begun ? place.attempt : place.attempt - 1;
      tracked.place = { kind: 'waiting', dueAt: this.#now, attempts, fresh: false };
    }
    this.#operations = this.#build();
    this.#operations.recover({ now: this.#now, begun });
    this.#join();
  }

  #inHand(which: number): Tracked | undefined {
    const inHand = [...this.#tracked.values()].filter(({ place }) => place.kind === 'in_hand');
    return inHand[which % Math.max(1, inHand.length)];
  }

  // Takes the program's deliveries into the model, checking each against it.
  #note(output: TurnOutput, room: number, appended: readonly NewEvent[] = []): void {
    const deliveries = output.deliveries.flatMap((columns) => unpackDeliveries(columns, appended));
    for (const delivery of deliveries) this.#take(delivery);
    const inHand = [...this.#tracked.values()].filter(({ place }) => place.kind === 'in_hand').length;
    if (deliveries.length > 0) expect(inHand).toBeLessThanOrEqual(room);
  }

  #take(delivery: Delivery): void {
    const { id } = JSON.parse(delivery.body) as { id: string };
    const tracked = this.#tracked.get(id);
    expect(tracked?.place.kind, `${id} is handed out only while it waits`).toBe('waiting');
    if (!tracked || tracked.place.kind !== 'waiting') return;
    expect(tracked.place.dueAt, `${id} is not handed out before it is due`).toBeLessThanOrEqual(this.#now);
    expect(delivery.attempt).toBe(tracked.place.attempts + 1);
    for (const other of this.#tracked.values()) {
      if (other.lane !== tracked.lane || other.order >= tracked.order || other.place.kind === 'settled')
        continue;
      if (tracked.key !== null && other.key === tracked.key) {
        expect.fail(`${id} was handed out before an earlier event with its key was settled`);
      }
      const unlocked = other.key === null && other.place.kind === 'waiting' && other.place.fresh;
      if (unlocked && tracked.place.fresh && tracked.key === null) {
        expect.fail(`${id} was handed out before an older event of its lane`);
      }
    }
    tracked.place = { kind: 'in_hand', ref: delivery.ref, attempt: delivery.attempt, begun: false };
  }
}

describe('the delivery state machine', () => {
  for (const ordered of [false, true]) {
    it(`never parts from its model in ${ordered ? 'an ordered' : 'a'} group, whatever happens in whatever order`, () => {
      fc.assert(
        fc.property(fc.array(step, { maxLength: 80 }), (steps) => {
          const pair = new Pair(ordered);
          for (const one of steps) pair.run(one);
          pair.drain();
        }),
        { numRuns: 300 },
      );
    });
  }
});
