import fc from 'fast-check';
import { describe, expect, it } from 'vitest';
import { createIds, isId, seededRandom, uuidV7Millis } from './index.ts';
import { createFakeClock } from './testing/index.ts';

describe('createIds', () => {
  it('makes a prefix and a UUIDv7 that carries its millisecond', () => {
    const clock = createFakeClock(1_700_000_000_123);
    const id = createIds({ clock, random: seededRandom(1) }).next('evt');
    expect(id).toMatch(/^evt_[0-9a-f]{8}-[0-9a-f]{4}-7[0-9a-f]{3}-[89ab][0-9a-f]{3}-[0-9a-f]{12}$/);
    expect(uuidV7Millis(id)).toBe(1_700_000_000_123);
    expect(isId(id, 'evt')).toBe(true);
    expect(isId(id, 'run')).toBe(false);
  });

  it('sorts identifiers by the order of their making, whatever the clock does', () => {
    fc.assert(
      fc.property(fc.array(fc.integer({ min: -5_000, max: 5_000 }), { maxLength: 50 }), (jumps) => {
        const clock = createFakeClock();
        const ids = createIds({ clock, random: seededRandom(7) });
        const made: string[] = [];
        for (const jump of jumps) {
          clock.jump(clock.now() + jump);
          for (let index = 0; index < 5; index += 1) made.push(ids.next('x'));
        }
        expect(made.toSorted()).toEqual(made);
        expect(new Set(made).size).toBe(made.length);
      }),
      { numRuns: 100 },
    );
  });

  it('stays unique and ordered beyond 4,096 identifiers in one millisecond', () => {
    const ids = createIds({ clock: createFakeClock(), random: seededRandom(3) });
    const made = Array.from({ length: 10_000 }, () => ids.next('e'));
    expect(new Set(made).size).toBe(10_000);
    expect(made.toSorted()).toEqual(made);
  });

  it('refuses to read the time of something else', () => {
    for (const bad of ['', 'evt_1', 'evt_01890a5d-ac96-4774-bcce-b302099a8057', "x'; DROP"]) {
      expect(() => uuidV7Millis(bad)).toThrow('not an identifier');
    }
  });
});
