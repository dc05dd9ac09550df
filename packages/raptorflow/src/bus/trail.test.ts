import fc from 'fast-check';
import { describe, expect, it } from 'vitest';
import type { Cause } from './event.ts';
import {
  extendTrail,
  findLoop,
  isUnplaced,
  readTrail,
  trailEntry,
  trailOf,
  type LoopLimits,
  type LoopRule,
} from './trail.ts';

const limits: LoopLimits = { hopsMax: 32, loopRepeats: 4, alternationsMax: 6 };

interface Step {
  readonly agent: string | null;
  readonly type: string;
  readonly payload: string;
}

// Follows a chain as publishing does: the first event has no trail. Answers how many events passed, and the rule that stopped the next.
function follow(steps: readonly Step[]): { readonly passed: number; readonly rule: LoopRule | null } {
  let trail: string | null = null;
  for (const [hops, { agent, type, payload }] of steps.entries()) {
    if (hops === 0) continue;
    const before: string = trail ?? entryOf(steps[0] as Step);
    const rule = findLoop(before, trailEntry(agent, type, payload), hops, limits);
    if (rule) return { passed: hops, rule };
    trail = extendTrail(before, trailEntry(agent, type, payload));
  }
  return { passed: steps.length, rule: null };
}

const entryOf = ({ agent, type, payload }: Step): string => trailEntry(agent, type, payload);

const agent = fc.constantFrom('RES-001', 'RES-002', 'MUS-001', 'MUS-026', 'LORD-002', 'GRD-003', null);
const type = fc.constantFrom('lord_command', 'research_complete', 'asset_generated', 'review.done', 'tell');
const words = fc.string({ maxLength: 8 });

// Stages of healthy work. Each begins with something of its own kind, as work does that is handed on.
const handover = fc
  .record({ agent, type: fc.constantFrom('stage.begun', 'stage.handed_on'), payload: fc.uuid() })
  .map((step): Step[] => [step]);
const debate = fc
  .record({ a: words, b: words, type, rounds: fc.integer({ min: 1, max: 3 }), texts: fc.uuid() })
  .filter(({ a, b }) => a !== b)
  .map(({ a, b, type: about, rounds, texts }): Step[] => [
    { agent: 'LORD-006', type: 'debate.opened', payload: texts },
    ...Array.from({ length: 2 * rounds }, (_, n) => ({
      agent: n % 2 === 0 ? a : b,
      type: about,
      payload: `${texts} ${n}`,
    })),
    { agent: 'LORD-006', type: 'debate.closed', payload: texts },
  ]);
// A handler that publishes the same again after a failure, or many alike from one cause, makes siblings: each chain holds one of them.
const pipeline = fc
  .array(fc.record({ agent, type, payload: fc.uuid() }), { minLength: 1, maxLength: 7 })
  .map((steps): Step[] => steps);
const acknowledged = fc
  .record({ agent, type: fc.constantFrom('ok', 'done'), payload: fc.constant('{}') })
  .map((step): Step[] => [step]);
const healthy = fc
  .tuple(
    fc.array(fc.oneof(handover, debate, pipeline), { minLength: 1, maxLength: 6 }),
    fc.array(acknowledged, { maxLength: 3 }),
  )
  .map(([stages, ends]) => [...stages, ...ends].flat().slice(0, limits.hopsMax + 1));

describe('the loop breaker', () => {
  it('stops none of 10,000 healthy chains', () => {
    let longest = 0;
    fc.assert(
      fc.property(healthy, (steps) => {
        longest = Math.max(longest, steps.length);
        expect(follow(steps)).toEqual({ passed: steps.length, rule: null });
      }),
      { numRuns: 10_000 },
    );
    expect(longest).toBeGreaterThan(20);
  });

  it('stops two agents that repeat themselves within eight hops, whoever they are and however it began', () => {
    const duel = fc.record({ first: agent, second: agent, type, answer: type, words, reply: words });
    fc.assert(
      fc.property(duel, ({ first, second, type: asked, answer, words: question, reply }) => {
        const steps = Array.from({ length: 30 }, (_, n): Step =>
          n % 2 === 0
            ? { agent: first, type: asked, payload: question }
            : { agent: second, type: answer, payload: reply },
        );
        const { passed, rule } = follow(steps);
        expect(passed).toBeLessThanOrEqual(8);
        expect(rule).toBe('repeats');
      }),
      { numRuns: 2_000 },
    );
  });

  it('stops two agents that take turns on a type within eight hops, whatever they say', () => {
    fc.assert(
      fc.property(
        type,
        fc.uniqueArray(words, { minLength: 2, maxLength: 2 }),
        fc.uuid(),
        (about, pair, id) => {
          const steps = Array.from({ length: 30 }, (_, n): Step => ({
            agent: pair[n % 2] as string,
            type: about,
            payload: `${id} ${n}`,
          }));
          const { passed, rule } = follow(steps);
          expect(passed).toBeLessThanOrEqual(8);
          expect(rule).toBe('alternation');
        },
      ),
      { numRuns: 2_000 },
    );
  });

  it('stops a loop of more than two agents once one has said the same four times', () => {
    const ring = Array.from({ length: 30 }, (_, n) => ({ agent: `A-${n % 5}`, type: 'pass', payload: 'on' }));
    expect(follow(ring)).toEqual({ passed: 15, rule: 'repeats' });
  });

  it('lets nothing beyond 32 hops pass', () => {
    const line = Array.from({ length: 50 }, (_, n) => ({ agent: `A-${n}`, type: `t.${n}`, payload: `${n}` }));
    expect(follow(line)).toEqual({ passed: 33, rule: 'hops' });
  });

  it('lets one agent go on by itself with ever new payloads: pages of a list are no loop', () => {
    const pages = Array.from({ length: 32 }, (_, n) => ({
      agent: 'RES-001',
      type: 'page.read',
      payload: `${n}`,
    }));
    expect(follow(pages)).toEqual({ passed: 32, rule: null });
  });
});

describe('a trail', () => {
  it('takes twelve characters for each event and keeps the newest 64', () => {
    let trail = '';
    for (let n = 0; n < 100; n += 1) trail = extendTrail(trail, trailEntry('A', 't', `${n}`));
    expect(trail.length).toBe(64 * 12);
    expect(trail.endsWith(trailEntry('A', 't', '99'))).toBe(true);
    expect(readTrail(trail)).toBe(trail);
  });

  it('is written as documented, so that programs in other languages can continue it', () => {
    expect(trailEntry(null, 'a', '{}')).toBe('AAAAt75Dpr9D');
    expect(trailEntry('RES-001', 'research_complete', '{"n":1}')).toBe('q62enIfpSzt-');
  });

  it('of an event that starts a chain is made when something follows from it', () => {
    const root = {
      id: 'evt_1',
      requestId: 'evt_1',
      hops: 0,
      trail: null,
      workspaceId: null,
      budgetId: null,
      type: 'a',
      payload: {},
      sourceAgentId: null,
    };
    expect(trailOf(root)).toBe(trailEntry(null, 'a', '{}'));
    expect(isUnplaced(root)).toBe(false);
  });

  it('of a cause without content has to be looked up, and is empty otherwise', () => {
    const cause: Cause = { id: 'x', requestId: 'x', hops: 3, trail: null, workspaceId: null, budgetId: null };
    expect(isUnplaced(cause)).toBe(true);
    expect(trailOf(cause)).toBe('');
    expect(isUnplaced({ ...cause, trail: 'abcdefghijkl' })).toBe(false);
  });
});
