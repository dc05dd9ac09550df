import fc from 'fast-check';
import { describe, expect, it } from 'vitest';
import { ExpiryHeap } from './expiry-heap.ts';
import { ReadyLanes, type Queued } from './ready-lanes.ts';

const lane = (workspace: string, priority = 2): Queued => ({ workspace, priority });

describe('ready lanes', () => {
  it('give every workspace its turn, however many lanes one of them has', () => {
    const ready = new ReadyLanes<Queued>();
    for (let count = 0; count < 10; count += 1) ready.add(lane('large'));
    ready.add(lane('small'));
    const turns = Array.from({ length: 6 }, () => ready.next(2)?.workspace);
    expect(turns).toEqual(['large', 'small', 'large', 'small', 'large', 'small']);
  });

  it('give every lane of a workspace its turn', () => {
    const ready = new ReadyLanes<Queued>();
    const lanes = [lane('a'), lane('a'), lane('a')];
    for (const each of lanes) ready.add(each);
    expect([ready.next(2), ready.next(2), ready.next(2), ready.next(2)]).toEqual([...lanes, lanes[0]]);
  });

  it('keep priorities apart and forget what is removed', () => {
    const ready = new ReadyLanes<Queued>();
    const urgent = lane('a', 0);
    ready.add(urgent);
    ready.add(urgent);
    expect([ready.size, ready.has(0), ready.has(2)]).toEqual([1, true, false]);
    ready.remove(urgent);
    ready.remove(urgent);
    expect([ready.size, ready.has(0), ready.next(0)]).toEqual([0, false, undefined]);
  });
});

describe('the expiry heap', () => {
  it('gives out whatever was put in by time', () => {
    fc.assert(
      fc.property(fc.array(fc.nat(1_000)), (times) => {
        const heap = new ExpiryHeap<number>();
        for (const time of times) heap.push(time, time);
        const out: number[] = [];
        while (heap.size > 0) {
          expect(heap.earliest).toBe(Math.min(...times.toSorted((a, b) => a - b).slice(out.length)));
          out.push(heap.pop() ?? -1);
        }
        expect(out).toEqual(times.toSorted((a, b) => a - b));
      }),
      { numRuns: 200 },
    );
  });

  it('is never due when empty', () => {
    const heap = new ExpiryHeap<string>();
    expect([heap.earliest, heap.pop()]).toEqual([Number.POSITIVE_INFINITY, undefined]);
  });
});
