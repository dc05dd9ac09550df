import fc from 'fast-check';
import { expect, it } from 'vitest';
import { Group, type Channel, type Flight, type Lane } from './group.ts';

const lane = (id: number): Lane => ({
  id,
  channel: { name: 'a' } as Channel,
  workspace: '',
  priority: 2,
  headPos: 0,
  headSeq: 0,
  dirty: false,
  expiryAt: 0,
  emptySince: null,
});
const lanes = new Map([1, 2].map((id) => [id, lane(id)]));
const emptyGroup = (): Group =>
  new Group({ id: 1, name: 'g', pattern: 'a', types: null, ordered: false, seenAt: 0 });

const flightsOf = (group: Group): readonly Flight[] => [...group.flights.values()];

it('reads the flights of its row again as they were, runs and gaps and all', () => {
  const step = fc.record({
    skip: fc.constantFrom(0, 0, 0, 0, 1),
    lane: fc.constantFrom(1, 1, 1, 2),
    attempt: fc.constantFrom(1, 1, 1, 2),
    expiresAt: fc.constantFrom(1_000, 1_000, 1_001),
    held: fc.constantFrom(false, false, true),
    lock: fc.constantFrom(null, null, 'key:a'),
  });
  fc.assert(
    fc.property(fc.array(step, { maxLength: 50 }), (steps) => {
      const group = emptyGroup();
      let at = 0;
      for (const { skip, lane: laneId, ...facts } of steps) {
        at += 1 + skip;
        const place = lanes.get(laneId) as Lane;
        group.takeFlight({ ref: at, pos: 100 + at, lane: place, member: 1, redriven: false, ...facts });
      }
      const again = emptyGroup();
      again.decodeFlights(group.encodeFlights(), lanes);
      expect(flightsOf(again)).toEqual(flightsOf(group));
    }),
  );
});

it('writes flights that were handed out together in a few bytes', () => {
  const group = emptyGroup();
  for (let at = 1; at <= 1_000; at += 1) {
    const facts = { member: 1, attempt: 1, expiresAt: 1_000, held: false, redriven: false, lock: null };
    group.takeFlight({ ref: at, pos: at, lane: lanes.get(1) as Lane, ...facts });
  }
  expect(group.encodeFlights().length).toBeLessThan(100);
});
