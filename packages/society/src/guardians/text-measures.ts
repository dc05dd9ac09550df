import type { LimitUnit } from './content.ts';

/** A stretch of a text. */
export interface Span {
  readonly text: string;
  readonly start: number;
  readonly end: number;
}

const segmenter = new Intl.Segmenter('en', { granularity: 'grapheme' });
const emojiOnly = /^\p{RGI_Emoji}$/v;
const topLevel =
  'com|org|net|io|dev|app|ai|co|eu|de|uk|us|ca|au|fr|es|it|nl|se|no|fi|dk|pl|ch|at|br|in|jp|info|biz|me|gg|tech|cloud|page|site|shop|blog|news|software|systems|tools';
const link = new RegExp(
  `https?://[^\\s<>"'\\])}]+|(?<![@\\w./-])(?:[a-z0-9](?:[a-z0-9-]*[a-z0-9])?\\.)+(?:${topLevel})(?![\\w-]|\\.[a-z])(?:/[^\\s<>"'\\])}]*)?`,
  'giu',
);
const hashtag = /(?<![\p{L}\p{N}_&/])[#＃](?=[\p{N}_]*\p{L})[\p{L}\p{M}\p{N}_]+/gu;
const mention = /(?<![\p{L}\p{N}_.+-])@[\p{L}\p{N}_][\p{L}\p{N}_.]*/gu;

const spans = (text: string, pattern: RegExp): Span[] =>
  [...text.matchAll(pattern)].map((match) => ({
    text: match[0],
    start: match.index,
    end: match.index + match[0].length,
  }));

/** Links, with or without a scheme; punctuation that ends a sentence is not part of one. */
export function findLinks(text: string): readonly Span[] {
  return spans(text, link).map((span) => {
    const trimmed = span.text.replace(/[.,;:!?…]+$/u, '');
    return { text: trimmed, start: span.start, end: span.start + trimmed.length };
  });
}

/** Hashtags; a number alone (`#1`) is none. */
export function findHashtags(text: string): readonly Span[] {
  const links = findLinks(text);
  return spans(text, hashtag).filter((tag) => !links.some((l) => tag.start >= l.start && tag.end <= l.end));
}

/** Accounts mentioned with `@`; e-mail addresses are none. */
export function findMentions(text: string): readonly Span[] {
  return spans(text, mention);
}

// The ranges that weigh one character in version 3 of the twitter-text configuration; everything else weighs two.
const lightRanges: readonly (readonly [number, number])[] = [
  [0x0000, 0x10ff],
  [0x2000, 0x200d],
  [0x2010, 0x201f],
  [0x2032, 0x2037],
];
const linkWeight = 23;

const codePointWeight = (codePoint: number): number =>
  lightRanges.some(([from, to]) => codePoint >= from && codePoint <= to) ? 1 : 2;

function weighPlain(text: string): number {
  let weight = 0;
  for (const { segment } of segmenter.segment(text.normalize('NFC'))) {
    if (emojiOnly.test(segment)) {
      weight += 2;
      continue;
    }
    for (const character of segment) weight += codePointWeight(character.codePointAt(0) ?? 0);
  }
  return weight;
}

/** The length of a post as X counts it: links 23, emoji 2, CJK and most other scripts 2 a character, NFC. */
export function weighForX(text: string): number {
  let weight = 0;
  let from = 0;
  for (const span of findLinks(text)) {
    weight += weighPlain(text.slice(from, span.start)) + linkWeight;
    from = span.end;
  }
  return weight + weighPlain(text.slice(from));
}

const countCodePoints = (text: string): number => Array.from(text).length;

/** The length of a post as Threads counts it: characters, but an emoji counts its UTF-8 bytes. */
export function weighForThreads(text: string): number {
  let weight = 0;
  for (const { segment } of segmenter.segment(text)) {
    weight += emojiOnly.test(segment) ? Buffer.byteLength(segment, 'utf8') : countCodePoints(segment);
  }
  return weight;
}

const measures: Readonly<Record<Exclude<LimitUnit, 'items'>, (text: string) => number>> = {
  x_weighted: weighForX,
  threads_weighted: weighForThreads,
  utf8_bytes: (text) => Buffer.byteLength(text, 'utf8'),
  utf16: (text) => text.length,
  graphemes: (text) => Array.from(segmenter.segment(text)).length,
};

/** The length of `text` in `unit`. */
export function measureText(text: string, unit: Exclude<LimitUnit, 'items'>): number {
  return measures[unit](text);
}
