import type { Span } from './mapped-text.ts';

const abbreviations = new Set(
  (
    'mr mrs ms mx dr prof sr jr st vs etc e.g i.e cf fig vol pp inc ltd co corp dept approx ca est min max incl excl resp ' +
    'jan feb mar apr jun jul aug sep sept oct nov dec mon tue wed thu fri sat sun a.m p.m u.s u.k gen rev hon al ed eds tel ext'
  ).split(' '),
);

/** These end a sentence unless a number follows ("no. 19"). */
const beforeNumbers = new Set(['no', 'nos', 'p', 'art', 'sec', 'ch', 'nr', 'v', 'ver']);

/** After these an upper-case word may go on with the same sentence ("Acme Inc. Europe"), unless it usually opens one. */
const openers = new Set(
  'the a an it its we our i you your they their he she his her this that these those there in on at for with when if but and so as since after before because however no not nobody most some many all each every one two what who why how'.split(
    ' ',
  ),
);

const closers = /["'”’»)\]]/u;
const wordBefore = /(?:^|[\s("“'‘[«–—-])([\p{L}][\p{L}.]*)$/u;

function endsHere(text: string, dot: number, next: string, nextWord: string): boolean {
  const before = text.slice(Math.max(0, dot - 24), dot);
  if (/^\d{1,3}$/u.test(text.slice(0, dot).trim()) && dot < 4) return false;
  const word = wordBefore.exec(before)?.[1];
  if (word === undefined) return true;
  const lower = word.toLowerCase();
  if (beforeNumbers.has(lower)) return !/\d/u.test(next);
  if (word.length === 1 && word !== 'I' && word === word.toUpperCase()) return false;
  if (!abbreviations.has(lower)) return true;
  const title = /^(?:mr|mrs|ms|mx|dr|prof|st|gen|rev|hon|e\.g|i\.e|cf|vs|approx|ca|fig|vol|pp)$/u.test(lower);
  return !title && openers.has(nextWord.toLowerCase());
}

/**
 * Cuts running text into sentences; knows abbreviations, decimals, initials, ellipses and closing quotation marks.
 * The ranges cover everything but the white space between them.
 */
export function splitSentences(text: string): Span[] {
  const spans: Span[] = [];
  let start = 0;
  const push = (end: number): void => {
    if (text.slice(start, end).trim() !== '') spans.push({ start, end });
    start = end;
    while (text[start] === ' ') start += 1;
  };
  for (let at = 0; at < text.length; at += 1) {
    const character = text[at] ?? '';
    if (character !== '.' && character !== '!' && character !== '?' && character !== '…') continue;
    let end = at + 1;
    while (end < text.length && /[.!?…]/u.test(text[end] ?? '')) end += 1;
    while (end < text.length && closers.test(text[end] ?? '')) end += 1;
    const last = end - 1;
    if (end < text.length && text[end] === ' ') {
      const tail = text.slice(end + 1, end + 40);
      const next = tail[0] ?? '';
      const nextWord = /^["“„'‘«([]*([\p{L}'’]+)/u.exec(tail)?.[1] ?? '';
      const opens = /^["“„'‘«([–—•]*[\p{Lu}\p{N}€$£¥]/u.test(tail) || /^["“„«]/u.test(next);
      if (opens && (character !== '.' || end - at > 1 || endsHere(text, at, next, nextWord))) push(end);
    }
    at = last;
  }
  push(text.length);
  return spans;
}
