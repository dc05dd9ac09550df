import type { Corpus, Statement } from './corpus.ts';
import { stemsOf } from './corpus.ts';
import { questionWords } from './lexicon.ts';

/** A query as weighted terms; `alternatives` are its near-synonyms. */
export interface QueryTerm {
  stem: string;
  weight: number;
  alternatives: readonly string[];
  /** Whether the term, or a synonym of it, occurs anywhere in the corpus. */
  isKnown: boolean;
}

const synonymWeight = 0.75;
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
  const stems = [...new Set(stemsOf(asked, corpus.language))];
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
  const own = new Set(statement.stems);
  let weight = 0;
  let direct = 0;
  let matched = 0;
  for (const term of terms) {
    const factor = termFactor(term, own, statement.contextStems);
    if (factor === 0) continue;
    matched += 1;
    weight += factor * term.weight;
    if (factor > contextWeight) direct += factor * term.weight;
  }
  const slope = statement.sentence.kind === 'row' ? 0 : 0.3;
  const length = 1 - slope + (slope * statement.stems.length) / corpus.averageLength;
  const norm = 2.2 / (1.2 * Math.max(0.9, length) + 1);
  return { weight: weight * norm, direct: direct * norm, terms: matched };
}

function termFactor(term: QueryTerm, own: ReadonlySet<string>, context: ReadonlySet<string>): number {
  if (own.has(term.stem)) return 1;
  if (term.alternatives.some((other) => own.has(other))) return synonymWeight;
  if (context.has(term.stem)) return contextWeight;
  if (term.alternatives.some((other) => context.has(other))) return contextWeight * synonymWeight;
  return 0;
}

const aboutTheDocument =
  /^(?:(?:last (?:reviewed|updated|changed)|from their|collected|recorded|written|compiled|report by|author|interviewer|publisher|edition|conducted|transcripts?|for employees|not for publication|all dates|versions follow|please|numbers were)\b|(?:state|sources?|date|version):)/iu;
const byLine = /^By \p{Lu}[\p{L}.'-]+ \p{Lu}/u;

/** Whether a sentence speaks of the document itself: who collected it, when, for whom. */
export function isAboutDocument(statement: Statement): boolean {
  return aboutTheDocument.test(statement.text) || byLine.test(statement.text);
}

/** How well a statement stands alone as a finding, 0–1; independent of any query. */
export function quality(statement: Statement): number {
  const words = statement.text.split(' ').length;
  let value = 1;
  if (statement.mark.standing === 'outdated') value *= 0.45;
  if (statement.mark.standing === 'draft') value *= 0.4;
  if (statement.sentence.isQuestion) value *= 0.3;
  if (isAboutDocument(statement)) value *= 0.4;
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
export function similarity(left: readonly string[], right: readonly string[]): number {
  if (left.length === 0 || right.length === 0) return 0;
  const other = new Set(right);
  const common = left.filter((stem) => other.has(stem)).length;
  return common / (left.length + right.length - common);
}
