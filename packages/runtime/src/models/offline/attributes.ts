import type { Language, Token } from './language.ts';
import { findValues, type Value } from './values.ts';

/** What a value is a value of. */
export interface Attribute {
  /** A short phrase of the text: "deposit", "active installations", "Check results are kept". */
  label: string;
  /** Terms of the label. */
  stems: string[];
  /** Terms of the whole clause without the value: what must agree for two values to speak of the same thing. */
  signature: ReadonlySet<string>;
  /** Where the value ends when the counted noun belongs to it ("200 boxes"). */
  valueEnd: number;
}

const conjunctions = new Set(['and', 'but', 'while', 'which', 'so', 'whereas', 'or']);
const isVerb = (token: Token): boolean => token.pos === 'VERB' || token.pos === 'AUX';
const isNominal = (token: Token): boolean =>
  token.pos === 'NOUN' ||
  token.pos === 'PROPN' ||
  token.pos === 'ADJ' ||
  (token.pos === 'VERB' && /(?:ing|ed|led)$/u.test(token.lower));
const determiners = new Set(
  'the a an this that these those its their our his her your each every all some any about around nearly almost only just over up to than more less least most and or , of'.split(
    ' ',
  ),
);

/** A half-open range of tokens. */
export interface TokenRange {
  from: number;
  to: number;
}

/** Half-open token ranges of the clauses of a sentence: each has its own verb, or ends at a semicolon or colon. */
export function clauses(tokens: readonly Token[]): TokenRange[] {
  const ranges: TokenRange[] = [];
  let from = 0;
  for (let at = 1; at < tokens.length - 1; at += 1) {
    const token = tokens[at] as Token;
    const next = tokens[at + 1] as Token;
    const hard = token.text === ';' || token.text === '—' || (token.text === ':' && at - from > 2);
    const soft =
      (token.text === ',' && conjunctions.has(next.lower)) ||
      (token.lower === 'and' && isVerb(next)) ||
      (token.lower === 'that' && tokens[at - 1]?.pos === 'VERB');
    if (!hard && !soft) continue;
    const behind = tokens.slice(at + 1, at + 14);
    if (hard || (tokens.slice(from, at).some(isVerb) && behind.some(isVerb))) {
      ranges.push({ from, to: at });
      from = at + 1;
    }
  }
  ranges.push({ from, to: tokens.length });
  return ranges;
}

/** A sentence with its words, clauses and values. */
export interface AnalysedText {
  text: string;
  tokens: readonly Token[];
  ranges: readonly TokenRange[];
  values: readonly Value[];
}

/** The attribute of a value in a sentence; undefined when the words around it name nothing. */
export function attributeOf(
  { text, tokens, ranges, values }: AnalysedText,
  value: Value,
  own: ReadonlySet<string>,
  language: Language,
): Attribute | undefined {
  const clause = ranges.find((range) => (tokens[range.to - 1]?.end ?? 0) > value.start) ?? {
    from: 0,
    to: tokens.length,
  };
  const inside = tokens.slice(clause.from, clause.to);
  const before = inside.filter((token) => token.end <= value.start);
  const after = inside.filter((token) => token.start >= value.end);
  const counted = nominalAfter(value, text, after);
  const outer = ofPhrase(text, before) ?? predicated(value, text, before, own);
  const label =
    outer ??
    counted ??
    partOf(value, text, after) ??
    dateVerb(value, before) ??
    subjectPhrase(text, withoutDate(before), own) ??
    looseNoun(text, before, after);
  if (label === undefined) return undefined;
  const valueEnd =
    outer === undefined || counted === undefined
      ? value.end
      : text.indexOf(counted, value.end) + counted.length;
  return {
    label,
    stems: labelTerms(label, value, own, language),
    signature: signatureOf(withoutValues(inside, [value, ...values]), value, own, language),
    valueEnd: Math.max(valueEnd, value.end),
  };
}

/** Terms of a label. Money always answers for a price, and "the weight of the box" is the weight. */
function labelTerms(label: string, value: Value, own: ReadonlySet<string>, language: Language): string[] {
  const tokens = withoutValues(language.tokens(label), findValues(label));
  const whole = withoutPrice(termsOf(tokens, own, language), value, language);
  const cut = tokens.findIndex(
    (token, index) =>
      token.lower === 'of' && /^(?:the|this|our|its|their)$/u.test(tokens[index + 1]?.lower ?? ''),
  );
  if (cut < 2) return whole;
  const core = withoutPrice(termsOf(tokens.slice(0, cut), own, language), value, language);
  return core.length > 1 ? core : whole;
}

function withoutPrice(terms: readonly string[], value: Value, language: Language): string[] {
  const price = language.canonical(language.stem('price'));
  return value.kind === 'money' ? terms.filter((term) => term !== price) : [...terms];
}

/** The tokens that belong to no value, but for the nouns that counts are of. */
function withoutValues(tokens: readonly Token[], values: readonly Value[]): Token[] {
  return tokens.filter(
    (token) => !values.some((value) => token.start >= value.start && token.end <= value.end),
  );
}

function signatureOf(
  rest: readonly Token[],
  value: Value,
  own: ReadonlySet<string>,
  language: Language,
): ReadonlySet<string> {
  const perUnit = (value.kind === 'money' ? (value.unit ?? '').split('/').slice(1) : []).filter(
    (word) => !/^(?:second|minute|hour|day|week|month|year|piece)$/u.test(word),
  );
  const price = value.kind === 'money' ? canonical([language.stem('price')], language)[0] : undefined;
  const stems = [
    ...termsOf(rest, own, language),
    ...canonical(
      perUnit.map((word) => language.stem(word)),
      language,
    ),
  ];
  return new Set(stems.filter((stem) => stem !== price).sort());
}

/** Canonical content terms of tokens; proper names (plans, places) keep their own term. */
export function termsOf(tokens: readonly Token[], own: ReadonlySet<string>, language: Language): string[] {
  const isProper = (token: Token): boolean => token.pos === 'PROPN' && token.start > 0;
  const proper = contentStems(tokens.filter(isProper), own);
  const common = contentStems(
    tokens.filter((token) => !isProper(token)),
    own,
  );
  return [...new Set([...proper, ...canonical(common, language)])].sort();
}

/** Content terms without numbers and without the names of subjects. */
function contentStems(tokens: readonly Token[], own: ReadonlySet<string>): string[] {
  return tokens
    .filter(
      (token) =>
        !token.isStop &&
        token.pos !== 'NUM' &&
        !/\d/u.test(token.text) &&
        !own.has(token.lower) &&
        !own.has(token.lower.replace(/['’]s$/u, '')),
    )
    .map((token) => token.stem);
}

/** Maps each term to one name for its group of near-synonyms, so that "costs" and "price" agree; sorted, distinct. */
export function canonical(stems: readonly string[], language: Language): string[] {
  return [...new Set(stems.map((stem) => language.canonical(stem)))].sort();
}

/** Counts are named by the noun behind them, and so are hyphenated terms: "6,900 active installations", "5-year warranty". */
function nominalAfter(value: Value, text: string, after: readonly Token[]): string | undefined {
  const isTerm = value.kind === 'duration' && /\d-\p{L}/u.test(value.text);
  if (value.kind !== 'count' && value.kind !== 'ratio' && !isTerm) return undefined;
  let end = 0;
  let hasNoun = false;
  for (const token of after) {
    const near = end === 0 ? token.start - value.end <= 1 : token.start - end <= 1;
    const links = (hasNoun && token.lower === 'of') || (token.text === '-' && token.start === end);
    if (!near || (!isNominal(token) && !links)) break;
    if (token.pos === 'VERB' && hasNoun) break;
    hasNoun ||= token.pos === 'NOUN' || token.pos === 'PROPN';
    end = token.end;
  }
  if (!hasNoun) return undefined;
  return text
    .slice(value.end, end)
    .replace(/\sof$/u, '')
    .replace(/^[\s-]+/u, '');
}

/** "The minimum is 200 boxes": a count right behind "is" belongs to what stands before it. */
function predicated(
  value: Value,
  text: string,
  before: readonly Token[],
  own: ReadonlySet<string>,
): string | undefined {
  const verb = before.at(-1);
  if ((value.kind !== 'count' && value.kind !== 'ratio') || verb?.lemma !== 'be' || before.length < 2)
    return undefined;
  return before[0]?.pos === 'PRON' || before[0]?.lower === 'there'
    ? undefined
    : subjectPhrase(text, withoutDate(before), own);
}

/** "90 days of history", "450 grams of waste": measured is what follows. */
function partOf(value: Value, text: string, after: readonly Token[]): string | undefined {
  if (value.kind !== 'duration' && value.kind !== 'quantity' && value.kind !== 'percentage') return undefined;
  const [first, second] = after;
  if (first === undefined || !/^(?:of|less|more|fewer|lower|higher)$/u.test(first.lower)) return undefined;
  const from = first.lower === 'of' ? (second?.pos === 'DET' ? 2 : 1) : 0;
  let at = from + (from === 0 ? 1 : 0);
  while (at < after.length && isNominal(after[at] as Token) && at < from + 5) at += 1;
  const last = after[at - 1];
  const start = after[from];
  return at <= Math.max(1, from) || last === undefined || start === undefined
    ? undefined
    : text.slice(start.start, last.end);
}

/** A date belongs to the verb nearest before it: "founded in 2014". */
function dateVerb(value: Value, before: readonly Token[]): string | undefined {
  if (value.kind !== 'date') return undefined;
  const verbs = before.filter((token) => isVerb(token));
  const last = verbs.at(-1);
  return verbs.length > 1 && last?.pos === 'VERB' ? last.text : undefined;
}

/** Drops "On 9 September 2026" from the front of a clause. */
function withoutDate(before: readonly Token[]): readonly Token[] {
  if (before[0]?.pos !== 'ADP') return before;
  let at = 1;
  while (
    at < before.length &&
    (before[at]?.pos === 'NUM' ||
      /^(?:jan|feb|mar|apr|may|jun|jul|aug|sep|oct|nov|dec)/u.test(before[at]?.lower ?? ''))
  )
    at += 1;
  return at > 1 && before[at]?.text !== ',' ? before.slice(at) : before;
}

/** "a design life of 120 trips", "an open rate of 47 percent": the noun phrase before "of". */
function ofPhrase(text: string, before: readonly Token[]): string | undefined {
  let at = before.length - 1;
  while (
    at >= 0 &&
    /^(?:about|around|nearly|almost|up|to|only|over|least|most|at|a|an|the)$/u.test(before[at]?.lower ?? '')
  )
    at -= 1;
  if (before[at]?.lower !== 'of') return undefined;
  return nominalBefore(text, before.slice(0, at));
}

function nominalBefore(text: string, tokens: readonly Token[]): string | undefined {
  let start = tokens.length;
  while (start > 0 && isNominal(tokens[start - 1] as Token) && tokens.length - start < 5) start -= 1;
  const first = tokens[start];
  const last = tokens.at(-1);
  return first === undefined || last === undefined ? undefined : text.slice(first.start, last.end);
}

/** The phrase before the verb ("The deposit" is …) with the verb unless it is a form of "be"; or the verb phrase alone. */
function subjectPhrase(text: string, before: readonly Token[], own: ReadonlySet<string>): string | undefined {
  const verbAt = mainVerb(before);
  if (verbAt < 0) return undefined;
  const start = behindOpening(before, verbAt);
  let end = verbAt;
  while (end < before.length && isVerb(before[end] as Token)) end += 1;
  const verb = before[end - 1] as Token;
  const phrase = trimPhrase(before.slice(start, verbAt));
  const named = phrase.length > 0 && !phrase.every((token) => token.pos === 'PRON') && !isName(phrase, own);
  if (named) {
    const first = phrase[0] as Token;
    const last = verb.lemma === 'be' ? (phrase.at(-1) as Token) : verb;
    return shorten(text.slice(first.start, last.end));
  }
  const tail = before.slice(end).filter((token) => isNominal(token));
  const last = tail.at(-1) ?? verb;
  return shorten(text.slice(verb.start, Math.max(verb.end, last.end)));
}

/** Where the subject begins when the clause opens with "In our survey of 318 administrators, …" or "In the test the …". */
function behindOpening(before: readonly Token[], verbAt: number): number {
  if (before[0]?.pos !== 'ADP') return 0;
  const comma = before.slice(0, verbAt).findLastIndex((token) => token.text === ',');
  if (comma > 0 && comma + 1 < verbAt) return comma + 1;
  const article = before
    .slice(0, verbAt)
    .findIndex(
      (token, index) =>
        index > 2 && (token.pos === 'DET' || token.pos === 'PRON') && before[index - 1]?.pos !== 'ADP',
    );
  return article > 0 ? article : 0;
}

/** The first auxiliary, else the first verb. */
function mainVerb(before: readonly Token[]): number {
  const auxiliary = before.findIndex((token, index) => index > 0 && token.pos === 'AUX');
  return auxiliary > 0 ? auxiliary : firstVerb(before);
}

/** Index of the first verb or auxiliary that is no part of a noun phrase ("working check"); −1 without one. */
export function firstVerb(tokens: readonly Token[]): number {
  return tokens.findIndex((token, index) => {
    const next = tokens[index + 1];
    return index > 0 && isVerb(token) && !(isNominal(token) && next !== undefined && isNominal(next));
  });
}

function trimPhrase(tokens: readonly Token[]): Token[] {
  let start = 0;
  while (
    start < tokens.length &&
    (determiners.has(tokens[start]?.lower ?? '') ||
      tokens[start]?.pos === 'PUNCT' ||
      tokens[start]?.pos === 'DET')
  )
    start += 1;
  return tokens.slice(start);
}

function isName(phrase: readonly Token[], own: ReadonlySet<string>): boolean {
  return phrase.every((token) => own.has(token.lower) || token.isStop);
}

function shorten(label: string): string {
  const words = label.split(' ');
  return words.length > 9 ? words.slice(0, 9).join(' ') : label;
}

/** Fragments without a verb: the nouns right before the value, else right behind it. */
function looseNoun(text: string, before: readonly Token[], after: readonly Token[]): string | undefined {
  const trimmed = [...before];
  while (trimmed.length > 0 && !isNominal(trimmed.at(-1) as Token)) trimmed.pop();
  const front = nominalBefore(text, trimmed);
  if (front !== undefined) return front;
  const start = after.findIndex((token) => isNominal(token));
  if (start < 0) return undefined;
  let end = start;
  while (end + 1 < after.length && isNominal(after[end + 1] as Token) && end - start < 4) end += 1;
  return text.slice(after[start]?.start ?? 0, after[end]?.end ?? 0);
}
