import fc from 'fast-check';
import { describe, expect, it } from 'vitest';
import { advance, firingSince, inactive, type AlertState, type Timing, type Verdict } from './state.ts';

const timing = (rest: Partial<Timing> = {}): Timing => ({
  forMs: 30,
  keepFiringMs: 0,
  missing: 'no_data',
  resolvedMs: 100,
  missingMs: 1_000,
  ...rest,
});

// Evaluations ten milliseconds apart: b breaches, c is clear, m is missing.
function story(verdicts: string, rest: Partial<Timing> = {}): string {
  const words: Record<string, Verdict> = { b: 'breach', c: 'clear', m: 'missing' };
  let state: AlertState = inactive;
  const kinds = Array.from(verdicts, (letter, index) => {
    state = advance(state, words[letter] ?? 'missing', index * 10, timing(rest));
    return letters[state.kind];
  });
  return kinds.join('');
}

const letters = { inactive: '-', pending: 'p', firing: 'F', resolved: 'r', no_data: 'n' } as const;

describe('the state of an alert', () => {
  it('fires once its condition has held for the duration, and not after interruptions', () => {
    expect(story('bbbb')).toBe('pppF');
    expect(story('bbcbbbb')).toBe('pp-pppF');
  });

  it('fires at once without a duration', () => {
    expect(story('b', { forMs: 0 })).toBe('F');
  });

  it('is resolved when the condition ends, shown for a while, then forgotten', () => {
    expect(story('bbbbcc', { resolvedMs: 10 })).toBe('pppFr-');
    expect(story('bbbbcb')).toBe('pppFrp');
  });

  it('goes on firing for the time to keep firing, which begins anew with every interruption', () => {
    expect(story('bbbbccc', { keepFiringMs: 20 })).toBe('pppFFFr');
    expect(story('bbbbcbcc', { keepFiringMs: 20 })).toBe('pppFFFFF');
  });

  it('has a state of its own without samples, and comes back to firing without beginning anew', () => {
    expect(story('mmc')).toBe('nn-');
    expect(story('bbbbmb')).toBe('pppFnF');
    expect(story('bbbbmc')).toBe('pppFnr');
    expect(story('bbmb')).toBe('ppnp');
    const lost = advance(
      { kind: 'firing', pendingSince: 1, since: 2, clearSince: null },
      'missing',
      5,
      timing(),
    );
    expect(firingSince(lost)).toBe(2);
    expect(advance(lost, 'breach', 9, timing())).toEqual({
      kind: 'firing',
      pendingSince: 1,
      since: 2,
      clearSince: null,
    });
  });

  it('resolves what fired and was not heard of for long', () => {
    expect(story('bbbbmmmm', { missingMs: 20 })).toBe('pppFnnrr');
  });

  it('follows the policy for missing samples', () => {
    expect(story('bbbbmmb', { missing: 'keep' })).toBe('pppFFFF');
    expect(story('bmmb', { missing: 'keep' })).toBe('pppF');
    expect(story('bbbbm', { missing: 'ok' })).toBe('pppFr');
    expect(story('mmmm', { missing: 'firing' })).toBe('pppF');
  });

  it('does not wait for a clock that was set back', () => {
    const pending: AlertState = { kind: 'pending', since: 10_000 };
    const begunAnew = advance(pending, 'breach', 100, timing());
    expect(begunAnew).toEqual({ kind: 'pending', since: 100 });
    expect(advance(begunAnew, 'breach', 130, timing()).kind).toBe('firing');
  });
});

const verdict = fc.constantFrom<Verdict>('breach', 'clear', 'missing');
const timings = fc.record({
  forMs: fc.nat(60),
  keepFiringMs: fc.nat(60),
  missing: fc.constantFrom('keep', 'ok', 'firing', 'no_data'),
  resolvedMs: fc.nat(60),
  missingMs: fc.integer({ min: 1, max: 100 }),
});

describe('any story of an alert', () => {
  it('is the same when the process is restarted after any evaluation', () => {
    fc.assert(
      fc.property(
        fc.array(verdict, { maxLength: 40 }),
        timings,
        fc.nat(40),
        (verdicts, rule, killedAfter) => {
          let [whole, cut]: [AlertState, AlertState] = [inactive, inactive];
          for (const [index, word] of verdicts.entries()) {
            if (index === killedAfter) cut = JSON.parse(JSON.stringify(cut)) as AlertState;
            whole = advance(whole, word, index * 10, rule);
            cut = advance(cut, word, index * 10, rule);
            expect(cut).toEqual(whole);
          }
        },
      ),
    );
  });

  it('allocates nothing while nothing changes: the state stays the same object', () => {
    fc.assert(
      fc.property(fc.array(verdict, { maxLength: 40 }), timings, (verdicts, rule) => {
        let state: AlertState = inactive;
        for (const [index, word] of verdicts.entries()) {
          const after = advance(state, word, index * 10, rule);
          expect(after === state).toBe(JSON.stringify(after) === JSON.stringify(state));
          state = after;
        }
      }),
    );
  });

  it('fires only where the condition has held without interruption for the duration', () => {
    fc.assert(
      fc.property(
        fc.array(fc.constantFrom<Verdict>('breach', 'clear'), { maxLength: 60 }),
        timings,
        (verdicts, rule) => {
          let state: AlertState = inactive;
          let heldSince: number | null = null;
          for (const [index, word] of verdicts.entries()) {
            const at = index * 10;
            heldSince = word === 'breach' ? (heldSince ?? at) : null;
            const before = firingSince(state);
            state = advance(state, word, at, rule);
            if (before === null && firingSince(state) !== null) {
              expect(heldSince).not.toBeNull();
              expect(at - (heldSince ?? at)).toBeGreaterThanOrEqual(rule.forMs);
            }
          }
        },
      ),
    );
  });
});
