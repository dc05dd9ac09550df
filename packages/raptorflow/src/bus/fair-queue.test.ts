import fc from 'fast-check';
import { describe, expect, it } from 'vitest';
import { FairQueue } from './fair-queue.ts';

interface Item {
  readonly workspace: string;
  readonly n: number;
}

let now = 0;
const items = (...workspaces: string[]): Item[] => workspaces.map((workspace, n) => ({ workspace, n }));

function fill(slots: number, ...workspaces: string[]): FairQueue<Item> {
  const queue = new FairQueue<Item>(100, slots, () => now);
  for (const item of items(...workspaces)) queue.push(item);
  return queue;
}

const beginAll = (queue: FairQueue<Item>, slots: number): string =>
  Array.from({ length: slots }, () => queue.begin()?.workspace ?? '-').join('');

describe('a fair queue', () => {
  it('lets workspaces take turns, each first in, first out', () => {
    const queue = fill(10, 'a', 'a', 'a', 'b', 'c', 'c');
    expect(Array.from({ length: 6 }, () => queue.begin()?.n)).toEqual([0, 3, 4, 1, 5, 2]);
  });

  it('gives no workspace more than half of the slots while another waits', () => {
    const queue = fill(4, 'a', 'a', 'a', 'a', 'b', 'b', 'b', 'b');
    expect(beginAll(queue, 4)).toBe('abab');
    queue.end('b');
    expect(queue.begin()?.workspace).toBe('b');
    expect(queue.begin()).toBeUndefined();
  });

  it('gives a workspace all slots while it is alone, and the next ones to whoever comes', () => {
    const queue = fill(4, 'a', 'a', 'a', 'a', 'a', 'a');
    expect(beginAll(queue, 4)).toBe('aaaa');
    queue.push({ workspace: 'b', n: 9 });
    queue.end('a');
    expect(queue.begin()?.workspace).toBe('b');
  });

  it('leaves the last slot to others while they were seen lately', () => {
    const queue = fill(3, 'a', 'a', 'a', 'a', 'b');
    expect(beginAll(queue, 3)).toBe('aba');
    queue.end('b');
    expect(queue.begin()).toBeUndefined();
    now += 2_000;
    expect(queue.begin()?.workspace).toBe('a');
  });

  it('leaves the odd slot free when two workspaces hold their halves', () => {
    expect(beginAll(fill(3, 'a', 'a', 'b', 'b'), 3)).toBe('ab-');
    expect(beginAll(fill(3, 'a', 'b', 'c'), 3)).toBe('abc');
  });

  it('takes turns with a single slot', () => {
    const queue = fill(1, 'a', 'a', 'b');
    expect(queue.begin()?.workspace).toBe('a');
    queue.end('a');
    expect(queue.begin()?.workspace).toBe('b');
  });

  it('refuses what is beyond its limit', () => {
    const queue = new FairQueue<Item>(1, 4, () => now);
    expect(items('a', 'b').map((item) => queue.push(item))).toEqual([true, false]);
    expect(queue.size).toBe(1);
  });

  it('is empty after it was drained, and goes on afterwards', () => {
    const queue = fill(4, 'a', 'b', 'a');
    queue.begin();
    expect(queue.drain().map(({ n }) => n)).toEqual([1, 2]);
    expect([queue.size, queue.begin()]).toEqual([0, undefined]);
    queue.push({ workspace: 'a', n: 7 });
    expect(queue.begin()?.n).toBe(7);
  });

  it('hands out everything exactly once, in the order of each workspace', () => {
    const arrivals = fc.array(fc.constantFrom('a', 'b', 'c', ''), { maxLength: 60 });
    fc.assert(
      fc.property(
        arrivals,
        fc.integer({ min: 1, max: 9 }),
        fc.infiniteStream(fc.nat(2)),
        (names, slots, choices) => {
          const queue = new FairQueue<Item>(100, slots, () => now);
          const [running, out]: [Item[], Item[]] = [[], []];
          const todo = items(...names);
          while (out.length < names.length) {
            const choice = choices.next().value ?? 0;
            const arrived = choice === 0 ? todo.shift() : undefined;
            if (arrived) queue.push(arrived);
            const next = running.length < slots ? queue.begin() : undefined;
            if (next) {
              running.push(next);
              out.push(next);
            } else if (!arrived && running.length > 0) queue.end((running.shift() as Item).workspace);
          }
          for (const name of new Set(names)) {
            const numbers = out.filter(({ workspace }) => workspace === name).map(({ n }) => n);
            expect(numbers).toEqual(numbers.toSorted((a, b) => a - b));
          }
          expect(new Set(out.map(({ n }) => n)).size).toBe(names.length);
        },
      ),
    );
  });
});
