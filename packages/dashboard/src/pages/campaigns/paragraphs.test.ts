import type { BriefSentence } from '@raptorflow/contract';
import { describe, expect, it } from 'vitest';

import { paragraphsOf } from './paragraphs.ts';

const sentence = (text: string, heading: string | null): BriefSentence => ({
  text,
  heading,
  kind: 'synthesis',
  speaker: null,
  citations: [],
});

describe('paragraphs', () => {
  it('hold neighbours of one heading, in order', () => {
    const grouped = paragraphsOf([
      sentence('a', null),
      sentence('b', 'H'),
      sentence('c', 'H'),
      sentence('d', null),
    ]);
    expect(
      grouped.map((one) => [one.heading, one.sentences.map((entry) => entry.sentence.text).join('')]),
    ).toEqual([
      [null, 'a'],
      ['H', 'bc'],
      [null, 'd'],
    ]);
    const keys = grouped.flatMap((one) => [one.key, ...one.sentences.map((entry) => entry.key)]);
    expect(new Set(keys).size).toBe(keys.length);
  });
});
