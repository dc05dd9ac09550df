import { describe, expect, it } from 'vitest';
import {
  findHashtags,
  findLinks,
  findMentions,
  measureText,
  weighForThreads,
  weighForX,
} from './text-measures.ts';

describe('the length of a post on X', () => {
  it('counts Latin letters one and CJK two', () => {
    expect(weighForX('a'.repeat(280))).toBe(280);
    expect(weighForX('漢'.repeat(140))).toBe(280);
    expect(weighForX('한')).toBe(2);
    expect(weighForX('Ünïcödé — “quoted” …')).toBe(weighForX('xxxxxxx x xxxxxxxx ') + 2);
  });

  it('counts every emoji two, however it is composed', () => {
    expect(weighForX('👾')).toBe(2);
    expect(weighForX('🙋🏽')).toBe(2);
    expect(weighForX('👨‍👩‍👧‍👦')).toBe(2);
    expect(weighForX('🇳🇴')).toBe(2);
    expect(weighForX('👾'.repeat(140))).toBe(280);
  });

  it('counts every link 23, long or short, with or without a scheme', () => {
    expect(weighForX('https://example.com')).toBe(23);
    expect(weighForX(`https://example.com/${'very-long/'.repeat(30)}`)).toBe(23);
    expect(weighForX('See example.org.')).toBe('See .'.length + 23);
    expect(weighForX('https://a.io and https://b.io')).toBe(23 + 5 + 23);
  });

  it('composes characters before counting', () => {
    expect(weighForX('cafe\u0301')).toBe(4);
  });
});

describe('the length of a post on Threads', () => {
  it('counts characters one and emoji by their bytes', () => {
    expect(weighForThreads('Grüße')).toBe(5);
    expect(weighForThreads('👾')).toBe(4);
    expect(weighForThreads('漢字')).toBe(2);
    expect(weighForThreads('👨‍👩‍👧‍👦')).toBe(25);
  });
});

describe('other measures', () => {
  it('tells graphemes, code units and bytes apart', () => {
    const family = '👨‍👩‍👧‍👦';
    expect(measureText(family, 'graphemes')).toBe(1);
    expect(measureText(family, 'utf16')).toBe(11);
    expect(measureText(family, 'utf8_bytes')).toBe(25);
  });

  it('finds links without the punctuation around them', () => {
    expect(findLinks('Read (https://example.com/a_b), or kiln.dev/docs!').map((span) => span.text)).toEqual([
      'https://example.com/a_b',
      'kiln.dev/docs',
    ]);
    expect(findLinks('mail me@example.com, version 2.4.1, e.g. this, file.yaml')).toEqual([]);
  });

  it('finds hashtags but not numbers, headings and link fragments', () => {
    expect(
      findHashtags('#OpenSource #uptime24 #1 C# https://a.io/#top ## x').map((span) => span.text),
    ).toEqual(['#OpenSource', '#uptime24']);
  });

  it('finds mentions but not addresses', () => {
    expect(findMentions('@kiln and me@example.com and @a.b').map((span) => span.text)).toEqual([
      '@kiln',
      '@a.b',
    ]);
  });
});
