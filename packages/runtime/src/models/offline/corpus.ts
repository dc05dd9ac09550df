import { houseNotice, stopWords, unrelatedCue } from './lexicon.ts';
import type { Language, Token } from './language.ts';
import { citationOf, type ParsedDocument, type Sentence } from './reader.ts';
import type { Citation, Standing } from './results.ts';
import { isRemark, markStandings, type Mark } from './standing.ts';
import { resolveSubjects, type Subject, type SubjectBook } from './subjects.ts';
import type { Span } from './mapped-text.ts';
import { findValues, readDate, type Value } from './values.ts';

/** A sentence with all the engine knows of it. */
export interface Statement {
  /** Position in the corpus. */
  id: number;
  document: ParsedDocument;
  documentIndex: number;
  sentence: Sentence;
  text: string;
  mark: Mark;
  subject: Subject | undefined;
  /** False for look-alikes and house notices: such a statement is never emitted as a finding. */
  isOnTopic: boolean;
  /** Distinct search terms of the sentence, in order. */
  stems: string[];
  /** Search terms of what completes it: context line, headings. */
  contextStems: Set<string>;
  /** ISO date the document or section gives for itself. */
  asOf: string | undefined;
  /** Parts of speech; computed when first asked for. */
  tokens(): Token[];
  /** Numbers, money, dates; computed when first asked for. */
  values(): Value[];
  cite(span?: Span): Citation;
}

/** The documents of one task, read and indexed. */
export interface Corpus {
  documents: ParsedDocument[];
  statements: Statement[];
  book: SubjectBook;
  language: Language;
  /** In how many statements a term occurs. */
  frequency: ReadonlyMap<string, number>;
  /** In how many documents a term occurs. */
  documentFrequency: ReadonlyMap<string, number>;
  averageLength: number;
}

/** Above this many sentences the search terms come without part-of-speech tagging, which bounds the time. */
const statementsTaggedMax = 5_000;

/** Reads subjects, standings and topicality of documents and indexes their terms; breathes between documents. */
export async function buildCorpus(
  documents: ParsedDocument[],
  book: SubjectBook,
  language: Language,
  breathe: () => Promise<void>,
): Promise<Corpus> {
  const total = documents.reduce((sum, document) => sum + document.sentences.length, 0);
  const tagged = total <= statementsTaggedMax;
  const statements: Statement[] = [];
  for (const [documentIndex, document] of documents.entries()) {
    await breathe();
    const marks = markStandings(document);
    const subjects = resolveSubjects(document, book);
    const headings = document.sections.map((section) => stemsOf(section.path.join(' '), language));
    const asOf = document.source.date ?? documentDate(document);
    for (const [index, sentence] of document.sentences.entries()) {
      const statement = createStatement(document, documentIndex, sentence, language, tagged);
      const context = sentence.context === undefined ? [] : stemsOf(sentence.context.text, language);
      statements.push({
        ...statement,
        id: statements.length,
        mark: marks[index] as Mark,
        subject: subjects.ofSentence[index],
        isOnTopic: subjects.isUnrelated[index] !== true && !isRemark(sentence),
        contextStems: new Set([
          ...context,
          ...(headings[sentence.section] ?? []),
          ...measured(statement.values(), language),
        ]),
        asOf: sectionDate(document, sentence.section) ?? asOf,
      });
    }
  }
  const corpus = indexTerms(documents, statements, book, language);
  dropHouseNotices(corpus);
  return corpus;
}

type StatementBase = Pick<
  Statement,
  'document' | 'documentIndex' | 'sentence' | 'text' | 'stems' | 'tokens' | 'values' | 'cite'
>;

function createStatement(
  document: ParsedDocument,
  documentIndex: number,
  sentence: Sentence,
  language: Language,
  tagged: boolean,
): StatementBase {
  let tokens: Token[] | undefined;
  let values: Value[] | undefined;
  const readTokens = (): Token[] => (tokens ??= language.tokens(sentence.text));
  const stems = tagged
    ? readTokens()
        .filter((token) => !token.isStop)
        .flatMap((token) => [token.stem, language.stem(token.lower)])
    : plainStems(sentence.text, language);
  return {
    document,
    documentIndex,
    sentence,
    text: sentence.text,
    stems: [...new Set(stems)],
    tokens: readTokens,
    values: () => (values ??= findValues(sentence.text.slice(0, 2_000))),
    cite: (span) => citationOf(document, sentence, span),
  };
}

const measures: Readonly<Record<string, string>> = {
  '°C': 'temperature',
  '°F': 'temperature',
  kg: 'weight',
  g: 'weight',
  l: 'volume',
  ml: 'volume',
  GB: 'size',
  MB: 'size',
  TB: 'size',
  cm: 'size',
  mm: 'size',
};

/** Terms that values imply: an amount of money answers for "price", °C for "temperature". */
function measured(values: readonly Value[], language: Language): string[] {
  const words = values.map((value) =>
    value.kind === 'money' ? 'price' : (measures[value.unit ?? ''] ?? ''),
  );
  return words.filter((word) => word !== '').map((word) => language.stem(word));
}

/** Search terms of a short text: a query, a heading. */
export function stemsOf(text: string, language: Language): string[] {
  if (text.length > 1_000) return plainStems(text, language);
  return language
    .tokens(text)
    .filter((token) => !token.isStop)
    .map((token) => token.stem);
}

/** Search terms without part-of-speech tagging: fast, but blind to irregular forms. */
function plainStems(text: string, language: Language): string[] {
  const words = text.slice(0, 4_000).match(/[\p{L}\p{N}][\p{L}\p{N}'’.-]*[\p{L}\p{N}]|[\p{L}\p{N}]/gu) ?? [];
  return words.filter((word) => !isStop(word)).map((word) => language.stem(word));
}

function isStop(word: string): boolean {
  return stopWords.has(word.toLowerCase());
}

function indexTerms(
  documents: ParsedDocument[],
  statements: Statement[],
  book: SubjectBook,
  language: Language,
): Corpus {
  const frequency = new Map<string, number>();
  const inDocuments = new Map<string, Set<number>>();
  let length = 0;
  for (const statement of statements) {
    length += statement.stems.length;
    for (const stem of statement.stems) {
      frequency.set(stem, (frequency.get(stem) ?? 0) + 1);
      const set = inDocuments.get(stem) ?? new Set();
      set.add(statement.documentIndex);
      inDocuments.set(stem, set);
    }
  }
  const documentFrequency = new Map([...inDocuments].map(([stem, set]) => [stem, set.size]));
  const averageLength = statements.length === 0 ? 1 : Math.max(1, length / statements.length);
  return { documents, statements, book, language, frequency, documentFrequency, averageLength };
}

interface SectionText {
  statements: Statement[];
  stems: Set<string>;
  names: boolean;
}

/**
 * Takes house notices off the topic: sections that speak of parties or parking, or that name no subject and share
 * hardly a word with the other documents.
 */
function dropHouseNotices(corpus: Corpus): void {
  const sections = new Map<string, SectionText>();
  for (const statement of corpus.statements) {
    const key = `${statement.documentIndex}:${statement.sentence.section}`;
    const section = sections.get(key) ?? { statements: [], stems: new Set(), names: false };
    section.statements.push(statement);
    for (const stem of statement.stems) section.stems.add(stem);
    section.names ||= corpus.book.mentions(statement.text).length > 0;
    sections.set(key, section);
  }
  for (const section of sections.values()) {
    if (isHouseNotice(section, corpus))
      for (const statement of section.statements) statement.isOnTopic = false;
  }
}

function isHouseNotice(section: SectionText, corpus: Corpus): boolean {
  const first = section.statements[0] as Statement;
  const path = first.document.sections[first.sentence.section]?.path ?? [];
  const own = path.length > 1 ? (path.at(-1) ?? '') : '';
  if (corpus.book.mentions(own).length > 0) return false;
  if (unrelatedCue.test(own)) return true;
  if (houseNotice.test(own) || houseNotice.test(first.document.source.title)) return true;
  if (section.names || first.sentence.kind === 'row') return false;
  const text = section.statements
    .map((statement) => statement.text)
    .join(' ')
    .slice(0, 20_000);
  const cues = new Set(text.match(new RegExp(houseNotice.source, 'giu'))?.map((cue) => cue.toLowerCase()));
  if (cues.size >= 2) return true;
  if (
    corpus.documents.length < 3 ||
    section.stems.size < 8 ||
    section.statements.some((statement) => statement.sentence.speaker !== undefined)
  )
    return false;
  const shared = [...section.stems].filter((stem) => (corpus.documentFrequency.get(stem) ?? 0) > 1).length;
  return shared / section.stems.size < 0.2;
}

const datedLine =
  /\b(?:state|as of|last (?:reviewed|updated|changed)|updated|valid from|edition|version of|collected|dated?|written|published|report|author|by)\b/iu;

/** The date a document gives for itself in its title or first lines. */
function documentDate(document: ParsedDocument): string | undefined {
  const head = document.sentences.slice(0, 4).map((sentence) => sentence.text);
  for (const text of [document.source.title, document.sections[1]?.heading ?? '', ...head]) {
    if (text.length < 260 && (datedLine.test(text) || text === document.source.title)) {
      const date = dateIn(text);
      if (date !== undefined) return date;
    }
  }
  return undefined;
}

function sectionDate(document: ParsedDocument, section: number): string | undefined {
  for (const heading of (document.sections[section]?.path ?? []).toReversed()) {
    const date = dateIn(heading.replace(/\((?:[^()]*\b(?:superseded|replaced|outdated)\b[^()]*)\)/iu, ''));
    if (date !== undefined) return date;
  }
  return undefined;
}

function dateIn(text: string): string | undefined {
  const value = findValues(text).find(
    (candidate) => candidate.kind === 'date' && candidate.number !== undefined,
  );
  const days = value === undefined ? undefined : readDate(value.text).number;
  return days === undefined ? undefined : new Date(days * 86_400_000).toISOString().slice(0, 10);
}

/** 'stated' statements are told as facts; others only with their standing. */
export function standingOf(statement: Statement): Standing {
  return statement.mark.standing;
}
