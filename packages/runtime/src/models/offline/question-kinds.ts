import type { Corpus } from './corpus.ts';
import { queryTerms } from './ranking.ts';
import type { Statement } from './statement.ts';
import { isTimeFrame } from './values.ts';

/** What kind of thing a question asks for. */
type AskedKind =
  | 'money'
  | 'count'
  | 'duration'
  | 'speed'
  | 'date'
  | 'percentage'
  | 'place'
  | 'person'
  | 'yes-no'
  | 'any';

/** What a question asks for; `counted` holds the stems of the noun behind "how many". */
export interface Asked {
  kind: AskedKind;
  counted?: ReadonlySet<string>;
}

/** Ways of asking that name the thing asked for only in a roundabout way. */
const paraphrases: readonly (readonly [RegExp, string])[] = [
  [/\bhow many people (?:work|are employed)\b/iu, 'how many employees'],
  [/\bhow big is the (?:company|team|staff)\b/iu, 'how many employees'],
  [/\bhow old is (.+?)(?=\?|$)/iu, 'when was $1 founded'],
];

/** The question in the words that documents use. */
export function rephrase(text: string): string {
  return paraphrases.reduce((asked, [pattern, plain]) => asked.replace(pattern, plain), text);
}

/** What a question asks for. */
export function expectedOf(corpus: Corpus, text: string): Asked {
  const kind = kindOf(text);
  const noun = /\bhow many (?:different |kinds of )?([\p{L}-]+)/iu.exec(text)?.[1];
  const [term] = noun === undefined ? [] : queryTerms(corpus, noun);
  return term === undefined ? { kind } : { kind, counted: new Set([term.stem, ...term.alternatives]) };
}

function kindOf(text: string): AskedKind {
  const lower = text.toLowerCase();
  if (/^when\b/u.test(lower)) return 'date';
  if (
    /\bhow much\b(?! (?:time|longer|faster|co2|waste|memory|weight))|\bprice\b|\bcosts?\b|\bcharges?\b|\bpay\b|\bfees?\b|\bbudget\b|\bexpensive\b/u.test(
      lower,
    )
  )
    return 'money';
  if (/\bhow (?:fast|quickly|soon)\b/u.test(lower)) return 'speed';
  if (/\bhow (?:long|often)\b|\bduration\b/u.test(lower)) return 'duration';
  if (/\bhow (?:many|much|big|large|heavy)\b|\bnumber of\b/u.test(lower)) return 'count';
  if (/\bwhen\b|\bwhat date\b|\bwhich year\b|\bdeadline\b/u.test(lower)) return 'date';
  if (/\bwhat (?:share|percentage)\b|\brate\b|\bpercent/u.test(lower)) return 'percentage';
  if (/^where\b|\bwhich (?:country|countries|region|city)\b/u.test(lower)) return 'place';
  if (/^who(?:se|m)?\b/u.test(lower)) return 'person';
  if (/^(?:is|are|was|were|does|do|did|can|could|has|have|will|would|may)\b/u.test(lower)) return 'yes-no';
  return 'any';
}

/** How soon, in words: "by the 5th of the next month", "the same day". */
const bySoon =
  /\bby the \d{1,2}(?:st|nd|rd|th)\b|\b(?:same|next) (?:day|morning|afternoon|evening|week|working day)\b|\b(?:overnight|immediately|instantly|at once|right away)\b/iu;

/** 1 when the statement holds the kind of thing asked for. */
export function fit({ kind, counted }: Asked, statement: Statement): number {
  const kinds = new Set(statement.values().map((value) => value.kind));
  switch (kind) {
    case 'money':
      if (kinds.has('money') || /\bprice\b.*\d/iu.test(statement.text)) return 1;
      return kinds.has('word') && /\bfree\b/iu.test(statement.text) ? 0.85 : 0.5;
    case 'count':
      return countFit(statement, counted);
    case 'duration':
      return statement
        .values()
        .some((value) => value.kind === 'duration' && !isTimeFrame(value, statement.text))
        ? 1
        : 0.5;
    case 'speed':
      return bySoon.test(statement.text) ? 1 : fit({ kind: 'duration' }, statement);
    case 'date':
      return kinds.has('date') || kinds.has('duration') ? 1 : 0.5;
    case 'percentage':
      return kinds.has('percentage') || kinds.has('ratio') ? 1 : 0.55;
    case 'place':
      return /\b(?:in|at|from|to|leaves?|within|area|region)\b[^.]*?\b\p{Lu}\p{L}+/u.test(statement.text)
        ? 1
        : 0.6;
    case 'person':
      return /(?<=[\p{L},] )\p{Lu}\p{Ll}+|\b(?:people|teams?|customers?|operators?|nobody|staff|administrators?|developers?)\b/u.test(
        statement.text,
      )
        ? 1
        : 0.5;
    case 'yes-no':
    case 'any':
      return 1;
  }
}

/** A number of the very things asked for is better than any other: "57 shippers" for "how many shippers". */
function countFit(statement: Statement, counted: ReadonlySet<string> | undefined): number {
  const values = statement.values();
  const numeric = values.filter(
    (value) => value.kind !== 'date' && value.kind !== 'duration' && value.kind !== 'word',
  );
  if (numeric.length === 0) return 0.5;
  if (counted === undefined) return 1;
  const tokens = statement.tokens();
  const isCounted = numeric.some((value) => {
    const behind = tokens.findIndex((token) => token.start >= value.end);
    return behind >= 0 && tokens.slice(behind, behind + 3).some((token) => counted.has(token.stem));
  });
  if (isCounted || numeric.some((value) => value.kind === 'percentage' || value.kind === 'ratio')) {
    const isInstance = !isCounted && statement.sentence.cells !== undefined;
    return isInstance ? 0.7 : 1;
  }
  return statement.sentence.cells === undefined ? 0.9 : 0.7;
}
