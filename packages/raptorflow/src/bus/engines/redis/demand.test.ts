import { describe, expect, it } from 'vitest';
import { Demand } from './demand.ts';

/** Asks everywhere and answers that nothing is there. */
function looked(partitions: number): Demand {
  const demand = new Demand(partitions);
  for (let partition = 0; partition < partitions; partition += 1) demand.asked(partition);
  for (let partition = 0; partition < partitions; partition += 1) demand.answered(partition, false);
  return demand;
}

describe('what is known of where a group has something', () => {
  it('is nothing before somebody has looked: everything may be ready', () => {
    const demand = new Demand(3);
    expect([demand.isKnown, demand.ready(), demand.unprobed()]).toEqual([false, [0, 1, 2], [0, 1, 2]]);
    expect([looked(3).isKnown, looked(3).ready()]).toEqual([true, []]);
  });

  it('counts a wake that comes while a claim is under way for after the claim', () => {
    const demand = looked(2);
    demand.wake(1);
    demand.asked(1);
    demand.wake(1);
    demand.answered(1, false);
    expect(demand.ready()).toEqual([1]);
    demand.asked(1);
    demand.answered(1, false);
    expect(demand.ready()).toEqual([]);
  });

  it('leaves out a partition whose workspaces hold their half, until something is settled or no other has anything', () => {
    const demand = looked(3);
    demand.wake(0);
    demand.wake(1);
    demand.asked(0);
    demand.answered(0, true, true);
    expect(demand.ready()).toEqual([1]);
    demand.uncap();
    expect(demand.ready().toSorted((a, b) => a - b)).toEqual([0, 1]);
    demand.asked(0);
    demand.answered(0, true, true);
    demand.asked(1);
    demand.answered(1, false);
    expect(demand.ready()).toEqual([0]);
  });

  it('never leaves out the only partition that has something, in whatever order the answers come', () => {
    const demand = new Demand(3);
    for (const partition of [0, 1, 2]) demand.asked(partition);
    demand.answered(1, false);
    demand.answered(2, false);
    demand.answered(0, true, true);
    expect(demand.ready()).toEqual([0]);
  });

  it('begins with another partition each time', () => {
    const demand = new Demand(3);
    expect([demand.ready()[0], demand.ready()[0], demand.ready()[0]]).toEqual([0, 1, 2]);
  });
});
