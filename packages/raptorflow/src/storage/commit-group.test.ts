import { DatabaseSync } from 'node:sqlite';
import * as fc from 'fast-check';
import { describe, expect, test } from 'vitest';
import { RaptorFlowError } from '../kernel/index.ts';
import { CommitGroup } from './commit-group.ts';
import type { CommittedMessage } from './wire.ts';

const ADD = 0;
const FAIL = 1;
const COUNT = 2;
const BREAK = 3;

interface Rig {
  readonly db: DatabaseSync;
  readonly group: CommitGroup;
  readonly messages: CommittedMessage[];
  readonly stored: () => number[];
}

function createRig(batchCallsMax = 1_024): Rig {
  const db = new DatabaseSync(':memory:');
  db.exec('CREATE TABLE numbers (n INTEGER PRIMARY KEY)');
  const insert = db.prepare('INSERT INTO numbers (n) VALUES (?)');
  const messages: CommittedMessage[] = [];
  const group: CommitGroup = new CommitGroup(
    { db, batchCallsMax, emit: (message) => messages.push(message) },
    {
      operations: {
        add(n: number) {
          insert.run(n);
          group.notify(n);
          return n;
        },
        fail(n: number) {
          insert.run(n);
          group.notify(n);
          throw new RaptorFlowError('conflict', `no ${n}`);
        },
        count: () => db.prepare('SELECT count(*) AS rows FROM numbers').get()?.['rows'],
        // What a full disk does: SQLite ends the whole transaction by itself.
        breakAll() {
          db.exec('ROLLBACK');
          throw new RaptorFlowError('storage_full', 'full');
        },
      },
      reads: ['count'],
    },
  );
  return {
    db,
    group,
    messages,
    stored: () =>
      db
        .prepare('SELECT n FROM numbers ORDER BY n')
        .all()
        .map((row) => Number(row['n'])),
  };
}

const failuresOf = (message: CommittedMessage | undefined): [number, string][] =>
  (message?.failures ?? []).map(([index, error]) => [index, error.code]);

describe('a commit group', () => {
  test('answers nothing before the commit', () => {
    const { group, messages, db } = createRig();
    group.run([ADD, ADD], [1, 2]);
    expect(messages).toEqual([]);
    expect(db.isTransaction).toBe(true);
    group.flush();
    expect(db.isTransaction).toBe(false);
    expect(messages).toEqual([
      { kind: 'committed', results: [1, 2], failures: [], ended: [], notifications: [1, 2] },
    ]);
  });

  test('undoes a call that throws, alone, with its notifications', () => {
    const { group, messages, stored } = createRig();
    group.run([ADD, FAIL, ADD], [1, 2, 3]);
    group.flush();
    expect(messages[0]?.results).toEqual([1, undefined, 3]);
    expect(failuresOf(messages[0])).toEqual([[1, 'conflict']]);
    expect(messages[0]?.notifications).toEqual([1, 3]);
    expect(stored()).toEqual([1, 3]);
  });

  test('takes no transaction for reads alone', () => {
    const { group, messages, db } = createRig();
    group.run([COUNT], [undefined]);
    expect(db.isTransaction).toBe(false);
    group.flush();
    expect(messages[0]?.results).toEqual([0]);
  });

  test('commits in pieces of batchCallsMax', () => {
    const { group, messages } = createRig(2);
    group.run([ADD, ADD, ADD], [1, 2, 3]);
    expect(messages.map((message) => message.results)).toEqual([[1, 2]]);
    group.flush();
    expect(messages.map((message) => message.results)).toEqual([[1, 2], [3]]);
  });

  test('fails every call of the group when SQLite gives up the transaction, and goes on afterwards', () => {
    const { group, messages, stored } = createRig();
    group.run([ADD], [1]);
    group.run([ADD, BREAK, ADD], [2, undefined, 3]);
    group.flush();
    expect(failuresOf(messages[0])).toEqual([
      [0, 'storage_full'],
      [1, 'storage_full'],
      [2, 'storage_full'],
      [3, 'storage_full'],
    ]);
    expect(messages[0]?.notifications).toEqual([]);
    expect(stored()).toEqual([]);
    group.run([ADD], [4]);
    group.flush();
    expect(messages[1]?.results).toEqual([4]);
    expect(stored()).toEqual([4]);
  });

  test('fails everything when the commit itself fails', () => {
    const { db, group, messages, stored } = createRig();
    db.exec('CREATE TABLE children (n REFERENCES numbers (n) DEFERRABLE INITIALLY DEFERRED)');
    group.run([ADD], [1]);
    db.exec('INSERT INTO children VALUES (99)');
    group.flush();
    expect(failuresOf(messages[0])).toEqual([[0, 'constraint_violated']]);
    expect(stored()).toEqual([]);
  });

  test('lets an ended transaction share the commit with calls, and not wait for the next transaction', () => {
    const { group, messages } = createRig();
    group.begin();
    expect(group.step(ADD, 1)).toBe(1);
    group.end('commit');
    group.run([ADD], [2]);
    expect(messages).toEqual([]);
    group.begin();
    expect(messages).toEqual([
      { kind: 'committed', results: [2], failures: [], ended: [undefined], notifications: [1, 2] },
    ]);
    group.end('rollback');
    group.flush();
    expect(messages[1]?.ended).toEqual([undefined]);
  });

  test('keeps a transaction alive when one of its steps throws', () => {
    const { group, messages, stored } = createRig();
    group.begin();
    group.step(ADD, 1);
    expect(() => group.step(FAIL, 2)).toThrow('no 2');
    group.step(ADD, 3);
    group.end('commit');
    group.flush();
    expect(messages[0]?.notifications).toEqual([1, 3]);
    expect(stored()).toEqual([1, 3]);
  });

  test('tells a transaction at its end that SQLite gave it up', () => {
    const { group, messages, stored } = createRig();
    group.begin();
    group.step(ADD, 1);
    expect(() => group.step(BREAK, undefined)).toThrow('full');
    expect(() => group.step(ADD, 2)).toThrow('full');
    group.end('commit');
    group.flush();
    expect(messages[0]?.ended[0]?.code).toBe('storage_full');
    expect(stored()).toEqual([]);
  });

  test('stores exactly what it acknowledged, whatever the mixture', () => {
    const unit = fc.oneof(
      fc.record({ kind: fc.constant('calls' as const), fails: fc.array(fc.boolean(), { maxLength: 5 }) }),
      fc.record({
        kind: fc.constant('transaction' as const),
        fails: fc.array(fc.boolean(), { maxLength: 4 }),
        outcome: fc.constantFrom('commit' as const, 'rollback' as const),
      }),
      fc.record({ kind: fc.constant('flush' as const) }),
    );
    fc.assert(
      fc.property(
        fc.array(unit, { maxLength: 30 }),
        fc.integer({ min: 1, max: 6 }),
        (units, batchCallsMax) => {
          const { group, messages, stored } = createRig(batchCallsMax);
          const expected: number[] = [];
          let next = 0;
          let failed = 0;
          let expectedFailed = 0;
          for (const each of units) {
            if (each.kind === 'calls') {
              const args = each.fails.map(() => ++next);
              group.run(
                each.fails.map((fails) => (fails ? FAIL : ADD)),
                args,
              );
              expected.push(...args.filter((_, index) => !each.fails[index]));
            } else if (each.kind === 'transaction') {
              group.begin();
              for (const fails of each.fails) {
                next += 1;
                try {
                  group.step(fails ? FAIL : ADD, next);
                } catch {
                  failed += 1;
                }
                if (fails) expectedFailed += 1;
                if (!fails && each.outcome === 'commit') expected.push(next);
              }
              group.end(each.outcome);
            } else {
              group.flush();
            }
          }
          group.flush();
          expect(failed).toBe(expectedFailed);
          expect(stored()).toEqual(expected);
          expect(messages.flatMap((message) => message.notifications)).toEqual(expected);
        },
      ),
      { numRuns: 200 },
    );
  });
});
