/** What a text holds at all. Cheap to know, and it spares most sentences most patterns. */
interface Traits {
  /** The text in lower case. */
  lower: string;
  digit: boolean;
  wordNumber: boolean;
  month: boolean;
  year: boolean;
  of: boolean;
}

/** A range that is no value; looked for only where `needs` says it can occur. */
interface Mask {
  /** Global. */
  pattern: RegExp;
  /** Whether it is looked for in the text in lower case, which is quicker than a pattern that ignores case. */
  inLower?: true;
  needs: (traits: Traits) => boolean;
}

/** What a value found in running text measures. */
export type ValueKind =
  | 'money'
  | 'percentage'
  | 'date'
  | 'duration'
  | 'quantity'
  | 'count'
  | 'ratio'
  | 'word';

/** Month names as they are written, for use inside a pattern. */
export const monthPattern: string =
  '(?:Jan(?:uary)?|Feb(?:ruary)?|Mar(?:ch)?|Apr(?:il)?|May|June?|July?|Aug(?:ust)?|Sept?(?:ember)?|Oct(?:ober)?|Nov(?:ember)?|Dec(?:ember)?)';
/** Number words from one to twenty. */
export const small: readonly string[] =
  'one two three four five six seven eight nine ten eleven twelve thirteen fourteen fifteen sixteen seventeen eighteen nineteen twenty'.split(
    ' ',
  );
/** Number words of the tens. */
export const tens: Readonly<Record<string, number>> = {
  twenty: 20,
  thirty: 30,
  forty: 40,
  fifty: 50,
  sixty: 60,
  seventy: 70,
  eighty: 80,
  ninety: 90,
};
/** Numbers written as words, for use inside a pattern. */
export const wordNumber: string = `(?:(?:${Object.keys(tens).join('|')})(?:-(?:${small.slice(0, 9).join('|')}))?|${small.join('|')}|a dozen|half an?|a hundred|a thousand)`;
const digits: string = "\\d{1,3}(?:[,\u202f\u2009 ’']\\d{3})+(?:\\.\\d+)?|\\d+(?:[.,]\\d+)?";
/** Numbers written in digits, for use inside a pattern. */
export const amount: string = `(?:${digits})`;
const scale = '(?: ?(?:k|thousand|million|billion|bn|m)\\b)?';
/** Words for spans of time, for use inside a pattern. */
export const time: string =
  'milliseconds?|ms|seconds?|secs?|minutes?|mins?|hours?|hrs?|working (?:days?|hours?)|business (?:days?|hours?)|days?|weeks?|months?|quarters?|years?';
const per = `(?:(?: ?/ ?| per | an? | every )(?!few\\b|of\\b|the\\b)[\\p{L}]{2,14}){1,3}`;
/** Units of measure, for use inside a pattern. */
export const units: string =
  'kB|KB|MB|GB|TB|kg|kilos?|kilograms?|g|grams?|mg|tons?|tonnes?|litres?|liters?|l|ml|km|m²|m2|cm|mm|m|metres?|meters?|inch(?:es)?|°C|°F|degrees|W|kW|kWh|V|Ah|mAh|GHz|MHz|Mbit/s|Gbit/s|px|dpi|ppm|CPUs?|cores?';

// Looking ahead for a digit first spares every other character the look behind.
const number = `(?=\\d)(?<![\\p{L}\\d.,/-])(?:${amount})`;

const anyMonth = /(?:Jan|Feb|Mar|Apr|May|Jun|Jul|Aug|Sep|Oct|Nov|Dec)/u;
const anyPeriod =
  /(?:jan|feb|mar|apr|may|jun|jul|aug|sep|oct|nov|dec|q[1-4]|spring|summer|autumn|fall|winter)/u;
const anySign = /[$€£¥]/u;
const anyCurrency = /(?:dollar|euro|pound|franc|yen|cent|usd|eur|gbp|chf|sek|nok|dkk)/u;
const anyTime = /(?:\bm?s\b|ms|sec|min|h(?:ou)?r|day|week|month|quarter|year)/u;
const anyWordNumber = new RegExp(`\\b${wordNumber}\\b`, 'u');

/** What a text holds; undefined when it cannot hold a value. */
export function traitsOf(text: string): Traits | undefined {
  const folded = text.toLowerCase();
  // A few letters become longer; then the offsets would be wrong.
  const lower = folded.length === text.length ? folded : text;
  const digit = /\d/u.test(lower);
  const wordNumber = anyWordNumber.test(lower);
  if (!digit && !wordNumber && !lower.includes('free') && !lower.includes('unlimited')) return undefined;
  return {
    lower,
    digit,
    wordNumber,
    month: digit && anyMonth.test(text),
    year: digit && /(?:19|20)\d\d/u.test(lower),
    of: lower.includes('of'),
  };
}

/** Every kind of value with its pattern, those first that others must not take apart. */
export const patterns: readonly (Mask & { kind: ValueKind })[] = [
  {
    kind: 'date',
    needs: (t) => t.digit && t.month,
    pattern: new RegExp(
      `\\b\\d{1,2}(?: ${monthPattern})? ?(?:to|until|–|-) ?\\d{1,2} ${monthPattern}(?: \\d{4})?\\b`,
      'gu',
    ),
  },
  {
    kind: 'date',
    needs: (t) => t.digit && t.month,
    pattern: new RegExp(`\\b${monthPattern} ?(?:to|until|and|–|-) ?${monthPattern} \\d{4}\\b`, 'gu'),
  },
  {
    kind: 'date',
    needs: (t) => t.digit && t.lower.includes('-'),
    pattern: new RegExp(`\\b\\d{4}-\\d{2}-\\d{2}\\b`, 'gu'),
  },
  {
    kind: 'date',
    needs: (t) => t.digit && t.month,
    pattern: new RegExp(`\\b\\d{1,2}(?:st|nd|rd|th)?(?: of)? ${monthPattern}\\.?,?(?: \\d{4})?\\b`, 'gu'),
  },
  {
    kind: 'date',
    needs: (t) => t.digit && t.month,
    pattern: new RegExp(
      `\\b${monthPattern}\\.? \\d{1,2}(?:st|nd|rd|th)?(?:, ?\\d{4})?\\b(?! ?(?:%|percent))`,
      'gu',
    ),
  },
  {
    kind: 'date',
    needs: (t) => t.year && anyPeriod.test(t.lower),
    pattern: new RegExp(
      `\\b(?:${monthPattern.toLowerCase()}|q[1-4]|spring|summer|autumn|fall|winter)(?: of)? (?:19|20)\\d{2}\\b`,
      'gu',
    ),
    inLower: true,
  },
  {
    kind: 'date',
    needs: (t) => t.year,
    pattern:
      /(?<=\b(?:in|since|by|until|of|before|after|from|for|during|late|early|founded|established) )(?:19|20)\d{2}\b(?!\s*(?:%|percent))/gu,
    inLower: true,
  },
  {
    kind: 'money',
    needs: (t) => t.digit && anySign.test(t.lower),
    pattern: new RegExp(`(?:US\\$|[$€£¥]) ?(?:${amount})${scale}(?:${per}| each\\b)?`, 'gu'),
  },
  {
    kind: 'money',
    needs: (t) => anyCurrency.test(t.lower),
    pattern: new RegExp(
      `(?:${number}|\\b${wordNumber})${scale}[ -](?:us dollars?|euros?|dollars?|pounds?|francs?|yen|cents?|usd|eur|gbp|chf|sek|nok|dkk)\\b(?:${per}| each\\b)?`,
      'gu',
    ),
    inLower: true,
  },
  {
    kind: 'percentage',
    needs: (t) => t.digit && /%|per ?cent/u.test(t.lower),
    pattern: new RegExp(`${number} ?(?:%|percent(?:age points?)?\\b|per cent\\b)`, 'gu'),
    inLower: true,
  },
  {
    kind: 'ratio',
    needs: (t) => t.of,
    pattern: new RegExp(
      `(?:${number}|\\b${wordNumber}) (?:(?:out )?of)(?: the)? (?:${amount}|${wordNumber})\\b(?! ?[%°])`,
      'gu',
    ),
    inLower: true,
  },
  {
    kind: 'ratio',
    needs: (t) => t.wordNumber && t.lower.includes(' in '),
    pattern: new RegExp(
      `\\b(?:${small.slice(0, 9).join('|')}) in (?:${small.slice(1).join('|')}|a hundred|\\d{1,3})\\b(?! ?(?:[%°]|(?:${time})\\b))`,
      'gu',
    ),
    inLower: true,
  },
  {
    kind: 'duration',
    needs: (t) => t.digit && anyTime.test(t.lower),
    pattern: new RegExp(`(?<!\\bfrom )${number} ?(?:to|–|-) ?${amount}[ -]?(?:${time})\\b`, 'gu'),
    inLower: true,
  },
  {
    kind: 'duration',
    needs: (t) => anyTime.test(t.lower),
    pattern: new RegExp(
      `(?:${number}|\\b${wordNumber})[ -]?(?:${time})\\b(?: and (?:${amount}|${wordNumber}) (?:${time})\\b)?`,
      'gu',
    ),
    inLower: true,
  },
  {
    kind: 'quantity',
    needs: (t) => t.digit && /[×x]/u.test(t.lower),
    pattern: new RegExp(`${number}(?: ?[×x] ?${amount})+ ?(?:${units})?(?![\\p{L}\\d])`, 'gu'),
  },
  {
    kind: 'quantity',
    needs: (t) => t.digit || t.wordNumber,
    pattern: new RegExp(
      `(?:${number}|\\b${wordNumber})(?: ?(?:to|–|-) ?${amount})? ?(?:${units})(?![\\p{L}\\d])`,
      'gu',
    ),
  },
  {
    kind: 'word',
    needs: (t) => t.lower.includes('free') || t.lower.includes('unlimited'),
    pattern:
      /\b(?:unlimited|free of charge|for free)\b|(?<=\b(?:is|are|be|stays?|remains?) (?:completely |really |always )?)free\b(?!-)|^free$/gu,
    inLower: true,
  },
  {
    kind: 'count',
    needs: (t) => t.digit,
    pattern: new RegExp(`${number}${scale}(?![\\p{L}\\d%:/]|[.,-]\\d)`, 'gu'),
  },
  {
    kind: 'count',
    needs: (t) => t.wordNumber,
    pattern: new RegExp(`\\b(?!one\\b|half\\b)${wordNumber}\\b(?=[ -][\\p{L}])`, 'gu'),
    inLower: true,
  },
];

/** Ranges that look like values and are none: clock times, version and issue numbers, standards, ordinals. */
export const masks: readonly Mask[] = [
  { pattern: /\b\d{1,2}:\d{2}(?::\d{2})?\b/gu, needs: (t) => t.lower.includes(':') },
  {
    pattern:
      /\b(?:v|version |release |edition |update |upgrade (?:to )?|no\. |number |iso |iec |en |din |rfc |tls |section |chapter |step |page |interview )\d+(?:\.\d+)*\b/gu,
    inLower: true,
    needs: (t) => t.digit,
  },
  { pattern: /\b\d{1,2} ?(?:[ap]m\b|[ap]\.m\.)/gu, inLower: true, needs: (t) => t.digit },
  { pattern: /#\d+|\b\d+\.x\b/gu, needs: (t) => t.digit },
  { pattern: /\b\d+\.\d+\.\d+\b/gu, needs: (t) => t.digit && t.lower.includes('.') },
  {
    pattern:
      /\b(?:from|to|since|before|than|the|for) \d\.\d{1,2}(?: (?:to \d\.\d{1,2}|update|release|upgrade))?\b(?! ?(?:[%°]|percent|[\p{L}]{2,}))/gu,
    inLower: true,
    needs: (t) => t.digit && t.lower.includes('.'),
  },
  {
    pattern: /\b\d\.\d{1,2} (?:update|release|upgrade|version)\b/gu,
    inLower: true,
    needs: (t) => t.digit && t.lower.includes('.'),
  },
  { pattern: /\bone of the\b/gu, inLower: true, needs: (t) => t.of },
  { pattern: /https?:\/\/\S+/gu, needs: (t) => t.lower.includes('http') },
];
