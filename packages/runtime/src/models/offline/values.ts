import type { Span } from './mapped-text.ts';
import {
  amount,
  masks,
  monthPattern,
  patterns,
  small,
  tens,
  time,
  traitsOf,
  units,
  wordNumber,
  type ValueKind,
} from './value-patterns.ts';

/** A value as it stands in a text, with its normalised number and unit. */
export interface Value extends Span {
  text: string;
  kind: ValueKind;
  /** In `unit`; dates as epoch days (a month counts as its first day). */
  number?: number;
  /** "USD/user/month", "%", "day", "GB", "°C"; counts have none. */
  unit?: string;
  /** Second number of a range or product ("2 to 8 °C"). */
  upper?: number;
  /** For dates: 'day', 'month' or 'year'. */
  precision?: 'day' | 'month' | 'year';
}

const monthNames =
  'january february march april may june july august september october november december'.split(' ');
const amountPattern = new RegExp(amount, 'u');
const wordNumberPattern = new RegExp(`\\b${wordNumber}\\b`, 'iu');
const secondNumber = new RegExp(`(?:to|–|-|×|x|of) ?(?:the )?(${amount})`, 'u');
const timePattern = new RegExp(`(?:${time})`, 'iu');
const leadingWordNumber = new RegExp(`^${wordNumber}[ -]`, 'iu');
const unitAtEnd = new RegExp(`(${units})$`, 'u');
const monthWord = new RegExp(`\\b${monthPattern}\\b`, 'iu');

/** Finds every value of a sentence, from left to right, none inside another. */
export function findValues(text: string): Value[] {
  const traits = traitsOf(text);
  if (traits === undefined) return [];
  const taken: Span[] = [];
  for (const mask of masks)
    if (mask.needs(traits)) taken.push(...spansOf(mask.pattern, mask.inLower ? traits.lower : text));
  const values: Value[] = [];
  for (const { kind, pattern, inLower, needs } of patterns) {
    if (!needs(traits)) continue;
    for (const { start, end } of spansOf(pattern, inLower ? traits.lower : text)) {
      if (end === start || taken.some((span) => start < span.end && end > span.start)) continue;
      taken.push({ start, end });
      values.push(normalise(kind, text.slice(start, end).trim(), start));
    }
  }
  return values.sort((left, right) => left.start - right.start);
}

/** Where a global pattern matches. The pattern is used as it stands: a copy for each text would cost more than the search. */
function spansOf(pattern: RegExp, text: string): Span[] {
  const spans: Span[] = [];
  pattern.lastIndex = 0;
  for (let match = pattern.exec(text); match !== null; match = pattern.exec(text)) {
    const end = match.index + match[0].length;
    spans.push({ start: match.index, end });
    if (end === match.index) pattern.lastIndex = end + 1;
  }
  return spans;
}

function normalise(kind: ValueKind, text: string, start: number): Value {
  const base = { text, start, end: start + text.length, kind };
  switch (kind) {
    case 'date':
      return { ...base, ...readDate(text) };
    case 'money':
      return { ...base, ...withNumber(text), unit: moneyUnit(text) };
    case 'percentage':
      return { ...base, ...withNumber(text), unit: '%' };
    case 'duration':
      return { ...base, ...readDuration(text) };
    case 'quantity':
      return { ...base, ...withNumber(text), ...quantityUnit(text) };
    case 'ratio':
    case 'count':
      return { ...base, ...withNumber(text) };
    case 'word':
      return /free/iu.test(text) ? { ...base, number: 0, unit: 'free' } : base;
  }
}

/** "over 90 days", "in the last twelve months": how long something was watched, not how long it takes. */
export function isTimeFrame(value: Value, text: string): boolean {
  if (value.kind !== 'duration') return false;
  return /\b(?:in the|over(?: the)?|during the|(?:last|past))\s$/iu.test(
    text.slice(Math.max(0, value.start - 14), value.start),
  );
}

/** Reads "1,500", "2.9", "1 320", "twenty-three", "14 million"; undefined when there is no number. */
function readNumber(text: string): number | undefined {
  const match = amountPattern.exec(text);
  if (match !== null) {
    const plain = /^\d+,\d{1,2}$/u.test(match[0])
      ? match[0].replace(',', '.')
      : match[0].replaceAll(/[,\u202f\u2009 ’']/gu, '');
    return Number(plain) * scaleOf(text.slice(match.index + match[0].length));
  }
  const word = wordNumberPattern.exec(text)?.[0].toLowerCase();
  if (word === undefined) return undefined;
  if (word.startsWith('half')) return 0.5;
  const named = { 'a dozen': 12, 'a hundred': 100, 'a thousand': 1000 }[word];
  if (named !== undefined) return named;
  const [first = '', second] = word.split('-');
  const ten = tens[first] ?? small.indexOf(first) + 1;
  return ten + (second === undefined ? 0 : small.indexOf(second) + 1);
}

function scaleOf(rest: string): number {
  const word = /^ ?(k|thousand|million|billion|bn|m)\b/iu.exec(rest)?.[1]?.toLowerCase();
  if (word === undefined || (word === 'm' && !rest.startsWith('m'))) return 1;
  return { k: 1e3, thousand: 1e3, million: 1e6, m: 1e6, billion: 1e9, bn: 1e9 }[word] ?? 1;
}

function withNumber(text: string): Pick<Value, 'number' | 'upper'> {
  const value = readNumber(text);
  if (value === undefined) return {};
  const second = secondNumber.exec(text)?.[1];
  const upper = second === undefined ? undefined : readNumber(second);
  return { number: value, ...(upper === undefined ? {} : { upper }) };
}

const currencies: readonly [RegExp, string][] = [
  [/€|euros?|\bEUR\b/iu, 'EUR'],
  [/£|pounds?|\bGBP\b/iu, 'GBP'],
  [/¥|\byen\b/iu, 'JPY'],
  [/francs?|\bCHF\b/iu, 'CHF'],
  [/\$|dollars?|\bUSD\b|cents?/iu, 'USD'],
];

/** The ISO code of a currency sign, word or code in a text, if there is one. */
export function currencyOf(text: string): string | undefined {
  const code = /\b(?:SEK|NOK|DKK)\b/u.exec(text)?.[0];
  return code ?? currencies.find(([pattern]) => pattern.test(text))?.[1];
}

function moneyUnit(text: string): string {
  const currency = currencyOf(text) ?? '';
  const tail = [...text.matchAll(/(?:\/ ?|\bper |\ban? |\bevery )([\p{L}]{2,14})/giu)].map((match) =>
    singular(match[1] ?? ''),
  );
  const parts = /\beach$/iu.test(text) ? [...tail, 'piece'] : tail;
  return [currency, ...parts.sort()].join('/');
}

function singular(word: string): string {
  const lower = word.toLowerCase();
  const short = { mo: 'month', yr: 'year', hr: 'hour', min: 'minute' }[lower];
  if (short !== undefined) return short;
  return lower.endsWith('s') && !lower.endsWith('ss') ? lower.slice(0, -1) : lower;
}

const timeUnits: readonly [RegExp, string][] = [
  [/^(?:ms|millisecond)/iu, 'ms'],
  [/^sec/iu, 'second'],
  [/^min/iu, 'minute'],
  [/^h(?:ou)?r/iu, 'hour'],
  [/^(?:working|business) hour/iu, 'working hour'],
  [/^(?:working|business) day/iu, 'working day'],
  [/^day/iu, 'day'],
  [/^week/iu, 'week'],
  [/^month/iu, 'month'],
  [/^quarter/iu, 'quarter'],
  [/^year/iu, 'year'],
];

function readDuration(text: string): Pick<Value, 'number' | 'unit'> {
  const unitText = timePattern.exec(text.replace(/^[^a-z]*/iu, '').replace(leadingWordNumber, ''))?.[0] ?? '';
  const unit = timeUnits.find(([pattern]) => pattern.test(unitText))?.[1];
  const value = readNumber(text);
  return { ...(value === undefined ? {} : { number: value }), ...(unit === undefined ? {} : { unit }) };
}

function quantityUnit(text: string): { unit?: string } {
  const unit = unitAtEnd.exec(text)?.[1];
  if (unit === undefined) return {};
  const names: Record<string, string> = {
    kilo: 'kg',
    kilogram: 'kg',
    gram: 'g',
    litre: 'l',
    liter: 'l',
    metre: 'm',
    meter: 'm',
    degree: '°C',
  };
  const single = unit.length > 3 && unit.endsWith('s') ? unit.slice(0, -1) : unit;
  return { unit: names[single.toLowerCase()] ?? single };
}

/** Days since 1970 and the precision of a date as written; undefined fields when there is no year. */
export function readDate(text: string): Pick<Value, 'number' | 'precision' | 'unit'> {
  const iso = /(\d{4})-(\d{2})-(\d{2})/u.exec(text);
  if (iso !== null) return dated(Number(iso[1]), Number(iso[2]) - 1, Number(iso[3]), 'day');
  const year = /\b((?:19|20)\d{2})\b/u.exec(text)?.[1];
  if (year === undefined) return {};
  const monthText = monthWord.exec(text)?.[0].slice(0, 3).toLowerCase();
  const month = monthText === undefined ? -1 : monthNames.findIndex((name) => name.startsWith(monthText));
  const day = /\b(\d{1,2})(?:st|nd|rd|th)?\b(?!\d)/u.exec(text.replace(year, ''))?.[1];
  if (month >= 0 && day !== undefined) return dated(Number(year), month, Number(day), 'day');
  if (month >= 0) return dated(Number(year), month, 1, 'month');
  const season = /Q([1-4])/u.exec(text)?.[1];
  return season === undefined
    ? dated(Number(year), 0, 1, 'year')
    : dated(Number(year), (Number(season) - 1) * 3, 1, 'month');
}

function dated(
  year: number,
  month: number,
  day: number,
  precision: 'day' | 'month' | 'year',
): Pick<Value, 'number' | 'precision' | 'unit'> {
  return { number: Math.floor(Date.UTC(year, month, day) / 86_400_000), precision, unit: 'date' };
}

/** ISO date ("2026-06-18") of epoch days. */
export function isoDate(days: number): string {
  return new Date(days * 86_400_000).toISOString().slice(0, 10);
}
