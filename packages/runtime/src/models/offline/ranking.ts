import type { Corpus } from './corpus.ts';
import { termsOfText } from './corpus.ts';
import { questionWords } from './lexicon.ts';
import type { Statement } from './statement.ts';

/** A query as weighted terms; `alternatives` are its near-synonyms. */
export interface QueryTerm {
  stem: string;
  weight: number;
  alternatives: readonly string[];
  /** Whether the term, or a synonym of it, occurs anywhere in the corpus. */
  isKnown: boolean;
}

const synonymWeight = 0.75;
/** A near-synonym in a section whose heading says the very word. */
const assuredWeight = 0.9;
const contextWeight = 0.55;

/** Inverse document frequency over statements, after Robertson and Spärck Jones; always positive. */
function idf(corpus: Corpus, stem: string): number {
  const count = corpus.frequency.get(stem) ?? 0;
  return Math.log(1 + (corpus.statements.length - count + 0.5) / (count + 0.5));
}

/** Terms of a query; words of asking ("how much") and names of subjects are left out. */
export function queryTerms(corpus: Corpus, query: string): QueryTerm[] {
  const plain = withoutNames(corpus, query);
  const asked = plain
    .split(/\s+/u)
    .filter((word) => !questionWords.has(word.toLowerCase().replaceAll(/[^\p{L}\p{N}]/gu, '')))
    .join(' ');
  const stems = [...new Set(termsOfText(asked, corpus.language))];
  return stems.map((stem) => {
    const alternatives = corpus.language.synonyms.get(stem) ?? [];
    const known = corpus.frequency.has(stem);
    const isKnown = known || alternatives.some((other) => corpus.frequency.has(other));
    return {
      stem,
      alternatives,
      isKnown,
      weight: known ? idf(corpus, stem) : Math.min(6, idf(corpus, stem)),
    };
  });
}

/** The query without the names of subjects, which select statements instead of ranking them. */
function withoutNames(corpus: Corpus, query: string): string {
  let plain = query;
  for (const mention of corpus.book.mentions(query).toReversed()) {
    plain = `${plain.slice(0, mention.start)} ${plain.slice(mention.end).replace(/^['’]s/u, '')}`;
  }
  return plain;
}

/** How well a statement matches: the weight of its matched terms with the length normalisation of BM25 (b = 0.3). */
export function matchWeight(
  corpus: Corpus,
  statement: Statement,
  terms: readonly QueryTerm[],
): { weight: number; direct: number; terms: number } {
  let weight = 0;
  let direct = 0;
  let matched = 0;
  for (const term of terms) {
    const factor = termFactor(term, statement);
    if (factor === 0) continue;
    matched += 1;
    weight += factor * term.weight;
    if (factor > contextWeight) direct += factor * term.weight;
  }
  if (matched === 0) return unmatched;
  const slope = statement.sentence.kind === 'row' ? 0 : 0.3;
  const length = 1 - slope + (slope * statement.terms.size) / corpus.averageLength;
  const norm = 2.2 / (1.2 * Math.max(0.9, length) + 1);
  return { weight: weight * norm, direct: direct * norm, terms: matched };
}

const unmatched = { weight: 0, direct: 0, terms: 0 };

function termFactor(term: QueryTerm, { terms, contextTerms }: Statement): number {
  if (!term.isKnown && contextTerms.size === 0) return 0;
  if (terms.has(term.stem)) return 1;
  if (hasAny(terms, term.alternatives)) return contextTerms.has(term.stem) ? assuredWeight : synonymWeight;
  if (contextTerms.has(term.stem)) return contextWeight;
  return hasAny(contextTerms, term.alternatives) ? contextWeight * synonymWeight : 0;
}

function hasAny(terms: ReadonlySet<string>, wanted: readonly string[]): boolean {
  for (const term of wanted) if (terms.has(term)) return true;
  return false;
}

const aboutTheDocument =
  /^(?:(?:last (?:reviewed|updated|changed)|from their|checked (?:on|against|by)|collected|recorded|written|compiled|prepared (?:by|for)|report by|author|interviewer|publisher|edition|version of|conducted|transcripts?|notes are|for employees|not for publication|all dates|versions follow|please|numbers were|(?:best|kind|warm) (?:wishes|regards)|yours (?:sincerely|faithfully|truly))\b|(?:state|sources?|date|version|field phase):|valid from [\w ,]{4,24}\.?$)/iu;
const byLine = /^By \p{Lu}[\p{L}.'-]+ \p{Lu}/u;

/** Whether a sentence speaks of the document itself: who collected it, when, for whom. */
export function isAboutDocument(statement: Statement): boolean {
  return aboutTheDocument.test(statement.text) || byLine.test(statement.text);
}

/** A line of a change log that tells what was wrong; few readers ask for it. */
const repairNote = /^(?:fix(?:ed)?|bug ?fix(?:es)?): /iu;

/** How well a statement stands alone as a finding, 0–1; independent of any query. */
export function quality(statement: Statement): number {
  const words = statement.wordCount;
  let value = 1;
  if (statement.standing === 'outdated') value *= 0.45;
  if (statement.standing === 'draft') value *= 0.4;
  if (statement.sentence.isQuestion) value *= 0.3;
  if (isAboutDocument(statement)) value *= 0.4;
  if (repairNote.test(statement.text)) value *= 0.6;
  if (words < 4) value *= 0.6;
  if (words > 45) value *= 0.8;
  if (statement.text.length > 700) value *= 0.1;
  if (statement.sentence.kind === 'row' && hasProseCell(statement)) value *= 0.2;
  return value;
}

function hasProseCell(statement: Statement): boolean {
  const next = statement.document.sentences[statement.sentence.index + 1];
  return next?.kind === 'cell' && next.block === statement.sentence.block;
}

/** Share of common terms of two statements (Jaccard). */
export function similarity(left: ReadonlySet<string>, right: ReadonlySet<string>): number {
  if (left.size === 0 || right.size === 0) return 0;
  const common = commonTerms(left, right);
  return common / (left.size + right.size - common);
}

/** How many terms two sets have in common. */
export function commonTerms(left: ReadonlySet<string>, right: ReadonlySet<string>): number {
  let common = 0;
  for (const term of left) if (right.has(term)) common += 1;
  return common;
}
