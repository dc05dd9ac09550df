/**
 * Numbers in running text. The rule of the house: no number stands in a result that does not stand in a cited quote.
 * Both sides are read by the same reader, so a difference in writing (1,500 or 1500, seven or 7) is no difference.
 */

/** A number as it stands in a text. */
export interface NumberMention {
  /** As written: "1,500", "99.95", "eleven". */
  readonly raw: string;
  /** Normalised readings; "1.500" has two, because it is fifteen hundred in some languages. */
  readonly values: readonly string[];
  readonly start: number;
  readonly end: number;
}

const words: Readonly<Record<string, number>> = {
  zero: 0,
  two: 2,
  three: 3,
  four: 4,
  five: 5,
  six: 6,
  seven: 7,
  eight: 8,
  nine: 9,
  ten: 10,
  eleven: 11,
  twelve: 12,
  thirteen: 13,
  fourteen: 14,
  fifteen: 15,
  sixteen: 16,
  seventeen: 17,
  eighteen: 18,
  nineteen: 19,
  twenty: 20,
  thirty: 30,
  forty: 40,
  fifty: 50,
  sixty: 60,
  seventy: 70,
  eighty: 80,
  ninety: 90,
  hundred: 100,
  thousand: 1_000,
  million: 1_000_000,
  billion: 1_000_000_000,
  dozen: 12,
  dozens: 12,
  twice: 2,
  double: 2,
  triple: 3,
  half: 0.5,
};

// "one", "first" and "second" are left out: they are mostly no numbers ("one of them", "a second instance").
const digits = /(?<!\d)\d{1,3}(?:[.,\u00a0\u202f' ]\d{3}(?!\d))+(?:[.,]\d+)?|\d+(?:[.,]\d+)*/gu;
const wordPattern = new RegExp(`\\b(?:${Object.keys(words).join('|')})\\b`, 'giu');

const trimZeros = (text: string): string => {
  const [whole = '0', fraction] = text.split('.');
  const left = whole.replace(/^0+(?=\d)/u, '');
  const right = fraction?.replace(/0+$/u, '');
  return right === undefined || right === '' ? left : `${left}.${right}`;
};

function readings(raw: string): string[] {
  const plain = raw.replaceAll(/[\u00a0\u202f' ]/gu, '');
  const found = new Set<string>();
  // Commas as thousands, point as decimal (English).
  if (/^\d{1,3}(?:,\d{3})+(?:\.\d+)?$/u.test(plain)) found.add(trimZeros(plain.replaceAll(',', '')));
  // Points as thousands, comma as decimal (much of Europe).
  if (/^\d{1,3}(?:\.\d{3})+(?:,\d+)?$/u.test(plain)) {
    found.add(trimZeros(plain.replaceAll('.', '').replace(',', '.')));
  }
  if (/^\d+(?:\.\d+)?$/u.test(plain)) found.add(trimZeros(plain));
  if (/^\d+,\d+$/u.test(plain) && found.size === 0) found.add(trimZeros(plain.replace(',', '.')));
  if (found.size === 0) found.add(plain);
  return [...found];
}

/** Every number of `text` in order, figures and English number words. */
export function findNumbers(text: string): readonly NumberMention[] {
  const mentions: NumberMention[] = [];
  for (const match of text.matchAll(digits)) {
    mentions.push({
      raw: match[0],
      values: readings(match[0]),
      start: match.index,
      end: match.index + match[0].length,
    });
  }
  for (const match of text.matchAll(wordPattern)) {
    const value = words[match[0].toLowerCase()];
    if (value === undefined) continue;
    mentions.push({
      raw: match[0],
      values: [String(value)],
      start: match.index,
      end: match.index + match[0].length,
    });
  }
  return mentions.toSorted((a, b) => a.start - b.start);
}

/** A comma between words without a space is one of a CSV row: "Weekend,240,2 days" holds 240 and 2, not 240.2. */
const rowComma = /[\p{L}\p{N}"],[\p{L}"]|[\p{L}"],\p{N}/u;
const commaOutsideQuotes = /,(?=(?:[^"]*"[^"]*")*[^"]*$)/u;

function cellsOf(piece: string): readonly string[] {
  return rowComma.test(piece) ? [piece, ...piece.split(commaOutsideQuotes)] : [piece];
}

/** The numbers of `text` that stand in none of the `evidence` texts. */
export function unsupportedNumbers(text: string, evidence: readonly string[]): readonly NumberMention[] {
  const known = new Set(
    evidence.flatMap(cellsOf).flatMap((piece) => findNumbers(piece).flatMap((mention) => mention.values)),
  );
  return findNumbers(text).filter((mention) => !mention.values.some((value) => known.has(value)));
}
