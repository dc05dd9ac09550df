import { describe, expect, it } from 'vitest';
import { contentStems, Relatedness, sharedStems } from './similarity.ts';

describe('words in common', () => {
  it('compares stems of content words and ignores the rest', () => {
    const left = contentStems('Monitoring data may not leave the country.');
    expect(sharedStems(left, contentStems('Our data never leaves Norway.'))).toBe(2);
    expect(contentStems('It is what it was, and you will like it.').size).toBe(0);
  });

  it('weighs a rare word more than a common one, in collections of any size', () => {
    for (const copies of [3, 300]) {
      const common = Array.from({ length: copies }, (_, index) => `alarm number n${index}`);
      const relatedness = new Relatedness([...common, 'a procurement takes long'], new Set());
      const rare = relatedness.relate('slow procurement', 'a procurement takes long');
      const usual = relatedness.relate('the alarm rings', 'alarm number n1');
      expect(rare).toMatchObject({ shared: 1, weight: 1 });
      expect(usual.weight).toBeLessThan(0.8);
    }
  });

  it('ignores names that every text holds', () => {
    const relatedness = new Relatedness(['Kilnwatch is small'], contentStems('Kilnwatch'));
    expect(relatedness.relate('Kilnwatch', 'Kilnwatch is small')).toEqual({ shared: 0, weight: 0 });
  });
});
