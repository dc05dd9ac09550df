import fc from 'fast-check';
import { describe, expect, it } from 'vitest';
import { matches, type Matcher } from './matcher.ts';

const labels = { host: 'web-1', severity: 'warning' };
const one = (op: Matcher['op'], value: string, label = 'host'): boolean =>
  matches([{ label, op, value }], labels);

describe('matchers', () => {
  it('compare a label with a text, or with a text in which * stands for any characters', () => {
    expect(one('eq', 'web-1')).toBe(true);
    expect(one('eq', 'web')).toBe(false);
    expect(one('ne', 'web')).toBe(true);
    expect(one('like', 'web-*')).toBe(true);
    expect(one('like', '*b-*1')).toBe(true);
    expect(one('like', 'web-1*1')).toBe(false);
    expect(one('not_like', 'db-*')).toBe(true);
  });

  it('take a label that is missing for empty', () => {
    expect(one('eq', '', 'zone')).toBe(true);
    expect(one('like', '*', 'zone')).toBe(true);
    expect(one('ne', 'a', 'zone')).toBe(true);
  });

  it('have to match all, and none match everything', () => {
    const both: Matcher[] = [
      { label: 'host', op: 'eq', value: 'web-1' },
      { label: 'severity', op: 'eq', value: 'critical' },
    ];
    expect(matches(both, labels)).toBe(false);
    expect(matches([], labels)).toBe(true);
  });

  it('with * agree with the regular expression that says the same', () => {
    const text = fc.string({ unit: fc.constantFrom('a', 'b', '*'), maxLength: 8 });
    fc.assert(
      fc.property(fc.string({ unit: fc.constantFrom('a', 'b'), maxLength: 8 }), text, (found, pattern) => {
        const expected = new RegExp(`^${pattern.replaceAll('*', '.*')}$`).test(found);
        expect(matches([{ label: 'x', op: 'like', value: pattern }], { x: found })).toBe(expected);
      }),
    );
  });

  it('cannot be made slow', () => {
    const pattern = `${'a*'.repeat(400)}b`;
    const begunAt = performance.now();
    expect(matches([{ label: 'x', op: 'like', value: pattern }], { x: 'a'.repeat(10_000) })).toBe(false);
    expect(performance.now() - begunAt).toBeLessThan(100);
  });
});
