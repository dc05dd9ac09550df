import { z } from 'zod';
import { unsupportedNumbers } from './numbers.ts';
import type { Citation, SourceDocument } from './source.ts';

/** A quote as a model claims it; offsets are a hint and never believed unread. */
export interface ClaimedQuote {
  documentId: string;
  quote: string;
  start?: number | undefined;
  end?: number | undefined;
  section?: string[] | undefined;
}

/** What a model must give for a citation. The offline model gives more, which is ignored. */
export const claimedQuoteSchema: z.ZodType<ClaimedQuote> = z.object({
  documentId: z.string().describe('The id of the document.'),
  quote: z.string().min(1).describe('A passage of that document, copied word for word.'),
  start: z.number().int().nonnegative().optional(),
  end: z.number().int().nonnegative().optional(),
  section: z.array(z.string()).optional(),
});

// A shorter "quote" is found anywhere and proves nothing.
const quoteCharactersMin = 4;

interface Folded {
  readonly text: string;
  /** For each folded character, the index of its original. */
  readonly origins: readonly number[];
}

const foldedCharacters: Readonly<Record<string, string>> = {
  '’': "'",
  '‘': "'",
  '“': '"',
  '”': '"',
  '„': '"',
  '–': '-',
  '—': '-',
  '\u2011': '-',
  '…': '.',
  '\u00a0': ' ',
  '\u202f': ' ',
};

/** Folds what models change when they copy: runs of white space, the form of quotation marks and dashes, emphasis marks. */
function fold(text: string): Folded {
  let folded = '';
  const origins: number[] = [];
  for (let index = 0; index < text.length; index += 1) {
    const original = text.charAt(index);
    const character = foldedCharacters[original] ?? original;
    if (character === '*' || character === '`' || character === '>') continue;
    if (/\s/u.test(character)) {
      if (folded === '' || folded.endsWith(' ')) continue;
      folded += ' ';
    } else folded += character;
    origins.push(index);
  }
  return { text: folded, origins };
}

function locate(claimed: ClaimedQuote, text: string): { start: number; end: number } | undefined {
  const { quote, start, end } = claimed;
  if (start !== undefined && end !== undefined && text.slice(start, end) === quote) return { start, end };
  const exact = text.indexOf(quote);
  if (exact >= 0) return { start: exact, end: exact + quote.length };
  const needle = fold(quote.trim()).text.trim();
  if (needle.length < quoteCharactersMin) return undefined;
  const hay = fold(text);
  const at = hay.text.indexOf(needle);
  const first = hay.origins[at];
  const last = hay.origins[at + needle.length - 1];
  return at < 0 || first === undefined || last === undefined ? undefined : { start: first, end: last + 1 };
}

function headingStands(heading: string, above: string): boolean {
  return heading.trim() !== '' && above.includes(heading.trim());
}

/**
 * Finds a claimed quote in the source it names. Undefined when it is not there: white space, the form of quotation marks
 * and emphasis may differ, words may not. The citation's quote is always the source's own text.
 */
export function verifyQuote(claimed: ClaimedQuote, sources: readonly SourceDocument[]): Citation | undefined {
  const source =
    sources.find((candidate) => candidate.documentId === claimed.documentId) ??
    sources.find((candidate) => candidate.title === claimed.documentId);
  if (source === undefined || claimed.quote.trim().length < quoteCharactersMin) return undefined;
  const place = locate(claimed, source.text);
  if (place === undefined) return undefined;
  return {
    documentId: source.documentId,
    title: source.title,
    start: place.start,
    end: place.end,
    quote: source.text.slice(place.start, place.end),
    // A heading is only kept when it stands above the quote.
    section: (claimed.section ?? []).filter((heading) =>
      headingStands(heading, source.text.slice(0, place.start)),
    ),
  };
}

/** Whether a citation really stands in the source it names. */
export function citationHolds(citation: Citation, sources: readonly SourceDocument[]): boolean {
  const source = sources.find((candidate) => candidate.documentId === citation.documentId);
  return source !== undefined && source.text.slice(citation.start, citation.end) === citation.quote;
}

/** Something a model said with the passages it rests on. */
export interface ClaimedStatement {
  readonly text: string;
  readonly quotes: readonly ClaimedQuote[];
  /** The header row or the lead-in that completes a quote. */
  readonly context?: ClaimedQuote | undefined;
}

/** A statement whose quotes were found and whose numbers stand in them. */
export interface ProvenStatement {
  readonly text: string;
  readonly citations: readonly Citation[];
  readonly context?: Citation | undefined;
}

/**
 * Proves a statement: at least one quote is found in its source, and every number of the statement stands in a found
 * quote (or in the context that completes it). Undefined otherwise; the caller counts it as rejected.
 */
export function proveStatement(
  claimed: ClaimedStatement,
  sources: readonly SourceDocument[],
): ProvenStatement | undefined {
  const citations = claimed.quotes.flatMap((quote) => verifyQuote(quote, sources) ?? []);
  if (citations.length === 0 || claimed.text.trim() === '') return undefined;
  const context = claimed.context === undefined ? undefined : verifyQuote(claimed.context, sources);
  const evidence = [...citations, ...(context === undefined ? [] : [context])].map(
    (citation) => citation.quote,
  );
  if (unsupportedNumbers(claimed.text, evidence).length > 0) return undefined;
  return {
    text: claimed.text.trim(),
    citations: distinctCitations(citations),
    ...(context === undefined ? {} : { context }),
  };
}

/** The same citations without repetitions, in order. */
export function distinctCitations(citations: readonly Citation[]): readonly Citation[] {
  const seen = new Set<string>();
  return citations.filter((citation) => {
    const key = `${citation.documentId}:${citation.start}:${citation.end}`;
    if (seen.has(key)) return false;
    seen.add(key);
    return true;
  });
}
