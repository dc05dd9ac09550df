import fc from 'fast-check';
import { describe, expect, it } from 'vitest';
import { isChannelName, isChannelPattern } from './names.ts';
import { matchesPattern, PatternIndex } from './pattern.ts';

// A small alphabet, so that random channels and patterns meet often.
const segment = fc.constantFrom('a', 'b', 'c');
const channel = fc.array(segment, { minLength: 1, maxLength: 5 }).map((parts) => parts.join('.'));
const pattern = fc
  .tuple(
    fc.array(fc.oneof(segment, fc.constant('*')), { minLength: 0, maxLength: 4 }),
    fc.constantFrom('a', '*', '>'),
  )
  .map(([parts, last]) => [...parts, last].join('.'));

// The definition, word for word: a regular expression in which * is one segment and > is one or more.
function matchesByDefinition(candidate: string, name: string): boolean {
  const parts = candidate.split('.').map((part) => {
    if (part === '*') return '[^.]+';
    return part === '>' ? '[^.]+(\\.[^.]+)*' : part;
  });
  return new RegExp(`^${parts.join('\\.')}$`).test(name);
}

describe('patterns', () => {
  it('match what their definition says, for any pattern and channel', () => {
    fc.assert(
      fc.property(pattern, channel, (candidate, name) => {
        expect(matchesPattern(candidate, name)).toBe(matchesByDefinition(candidate, name));
      }),
      { numRuns: 2_000 },
    );
  });

  it('are found by the index exactly when they match, through any additions and removals', () => {
    const change = fc.record({ add: fc.boolean(), pattern, value: fc.integer({ min: 0, max: 5 }) });
    fc.assert(
      fc.property(
        fc.array(change, { maxLength: 30 }),
        fc.array(channel, { minLength: 1, maxLength: 5 }),
        (changes, names) => {
          const index = new PatternIndex<number>();
          const model = new Set<string>();
          for (const step of changes) {
            const key = `${step.pattern} ${step.value}`;
            if (step.add) {
              index.add(step.pattern, step.value);
              model.add(key);
            } else {
              index.delete(step.pattern, step.value);
              model.delete(key);
            }
            for (const name of names) {
              const expected = [...model]
                .map((entry) => entry.split(' '))
                .filter(([candidate = '']) => matchesByDefinition(candidate, name))
                .map(([, value]) => Number(value));
              expect(new Set(index.match(name))).toEqual(new Set(expected));
              expect(index.match(name)).toHaveLength(new Set(expected).size);
            }
            expect(index.size).toBe(model.size);
          }
        },
      ),
    );
  });

  it('stand for at least one segment each', () => {
    expect(matchesPattern('sys.>', 'sys')).toBe(false);
    expect(matchesPattern('sys.*', 'sys')).toBe(false);
    expect(matchesPattern('>', 'anything.at.all')).toBe(true);
  });
});

describe('names', () => {
  it('are dotted segments of lower-case letters, digits, _ and -, up to 200 bytes', () => {
    for (const good of ['a', 'sys.alert.critical', 'ws.7f_x-1.campaign', 'a'.repeat(200)]) {
      expect(isChannelName(good), good).toBe(true);
    }
    for (const bad of ['', '.', 'a.', '.a', 'a..b', 'A', 'ä', 'a b', 'a.*', '>', 'a'.repeat(201), null, 7]) {
      expect(isChannelName(bad), String(bad)).toBe(false);
    }
  });

  it('become patterns with * for a whole segment and > at the end only', () => {
    for (const good of ['*', '>', 'a.*', 'a.*.b', 'a.>', '*.*.>'])
      expect(isChannelPattern(good), good).toBe(true);
    for (const bad of ['', 'a.>.b', '>.a', 'a*', 'a.*b', 'a.'])
      expect(isChannelPattern(bad), bad).toBe(false);
  });
});
