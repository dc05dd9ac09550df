import { houseNotice, stopWords, unrelatedCue } from './lexicon.ts';
import type { Language } from './language.ts';
import type { Steps } from './pace.ts';
import type { ParsedDocument, Sentence } from './reader.ts';
import { Statement, type StatementContext } from './statement.ts';
import { isRemark, markStandings, type Mark } from './standing.ts';
import { resolveSubjects, type SubjectBook } from './subjects.ts';
import { findValues, isoDate, readDate, type Value } from './values.ts';

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

/** Reads subjects, standings and topicality of documents and indexes their terms. */
export function* buildCorpus(
  documents: ParsedDocument[],
  book: SubjectBook,
  language: Language,
): Steps<Corpus> {
  const total = documents.reduce((sum, document) => sum + document.sentences.length, 0);
  const isSmall = total <= statementsTaggedMax;
  const shared: StatementContext = { language, book, keepsTokens: isSmall };
  const statements: Statement[] = [];
  for (const [documentIndex, document] of documents.entries()) {
    yield;
    const frame = new DocumentFrame(document, book, isSmall ? termsOfText : plainTerms, language);
    for (const sentence of document.sentences) {
      yield;
      const statement = new Statement(
        { id: statements.length, document, documentIndex, sentence, ...frame.placeOf(sentence) },
        shared,
      );
      statement.terms = new Set(
        isSmall ? taggedTerms(statement, language) : plainTerms(sentence.text, language),
      );
      statement.contextTerms = frame.contextTermsOf(statement);
      statements.push(statement);
    }
  }
  const corpus = yield* indexTerms(documents, statements, book, language);
  yield* dropHouseNotices(corpus);
  return corpus;
}

/** What a document says of its sentences by its headings, dates and marks, worked out once for each place. */
class DocumentFrame {
  readonly #document: ParsedDocument;
  readonly #language: Language;
  readonly #termsOf: typeof termsOfText;
  readonly #marks: Mark[];
  readonly #subjects: ReturnType<typeof resolveSubjects>;
  readonly #asOf: string | undefined;
  readonly #sectionDates = new Map<number, string | undefined>();
  readonly #headingTerms = new Map<number, readonly string[]>();
  readonly #contextTerms = new Map<string, readonly string[]>();

  constructor(document: ParsedDocument, book: SubjectBook, termsOf: typeof termsOfText, language: Language) {
    this.#document = document;
    this.#termsOf = termsOf;
    this.#language = language;
    this.#marks = markStandings(document);
    this.#subjects = resolveSubjects(document, book);
    this.#asOf = document.source.date ?? documentDate(document);
  }

  placeOf(sentence: Sentence): Pick<Statement, 'mark' | 'subject' | 'isOnTopic' | 'asOf'> {
    const { index, section } = sentence;
    if (!this.#sectionDates.has(section))
      this.#sectionDates.set(section, sectionDate(this.#document, section));
    return {
      mark: this.#marks[index] as Mark,
      subject: this.#subjects.ofSentence[index],
      isOnTopic: this.#subjects.isUnrelated[index] !== true && !isRemark(sentence),
      asOf: this.#sectionDates.get(section) ?? this.#asOf,
    };
  }

  contextTermsOf(statement: Statement): ReadonlySet<string> {
    const { context, section } = statement.sentence;
    return new Set([
      ...(context === undefined ? [] : this.#termsOfContext(context.text)),
      ...this.#termsOfHeadings(section),
      ...measured(statement.values(), this.#language),
    ]);
  }

  #termsOfContext(text: string): readonly string[] {
    let terms = this.#contextTerms.get(text);
    if (terms === undefined) {
      terms = this.#termsOf(text, this.#language);
      this.#contextTerms.set(text, terms);
    }
    return terms;
  }

  #termsOfHeadings(section: number): readonly string[] {
    let terms = this.#headingTerms.get(section);
    if (terms === undefined) {
      const path = this.#document.sections[section]?.path ?? [];
      terms = this.#termsOf(path.join(' '), this.#language);
      this.#headingTerms.set(section, terms);
    }
    return terms;
  }
}

function taggedTerms(statement: Statement, language: Language): string[] {
  return statement
    .tokens()
    .filter((token) => !token.isStop)
    .flatMap((token) => [token.stem, language.stem(token.lower)]);
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
export function termsOfText(text: string, language: Language): string[] {
  if (text.length > 1_000) return plainTerms(text, language);
  return language
    .tokens(text)
    .filter((token) => !token.isStop)
    .map((token) => token.stem);
}

const anyWord = /[\p{L}\p{N}][\p{L}\p{N}'’.-]*[\p{L}\p{N}]|[\p{L}\p{N}]/gu;

/** Search terms without part-of-speech tagging: fast, but blind to irregular forms. */
function plainTerms(text: string, language: Language): string[] {
  const words = text.slice(0, 4_000).toLowerCase().match(anyWord) ?? [];
  return words.filter((word) => !stopWords.has(word)).map((word) => language.stem(word));
}

function* indexTerms(
  documents: ParsedDocument[],
  statements: Statement[],
  book: SubjectBook,
  language: Language,
): Steps<Corpus> {
  const frequency = new Map<string, number>();
  const documentFrequency = new Map<string, number>();
  /** The last document that a term was counted for. */
  const countedIn = new Map<string, number>();
  let length = 0;
  for (const { terms, documentIndex } of statements) {
    yield;
    length += terms.size;
    for (const term of terms) {
      frequency.set(term, (frequency.get(term) ?? 0) + 1);
      if (countedIn.get(term) === documentIndex) continue;
      countedIn.set(term, documentIndex);
      documentFrequency.set(term, (documentFrequency.get(term) ?? 0) + 1);
    }
  }
  const averageLength = statements.length === 0 ? 1 : Math.max(1, length / statements.length);
  return { documents, statements, book, language, frequency, documentFrequency, averageLength };
}

interface SectionText {
  statements: Statement[];
  terms: Set<string>;
  names: boolean;
}

/**
 * Takes house notices off the topic: sections and paragraphs that speak of parties and parking, and sections that speak
 * of one of them, name no subject and share hardly a word with the other documents.
 */
function* dropHouseNotices(corpus: Corpus): Steps<void> {
  const sections = new Map<string, SectionText>();
  for (const statement of corpus.statements) {
    yield;
    const key = `${statement.documentIndex}:${statement.sentence.section}`;
    let section = sections.get(key);
    if (section === undefined) {
      section = { statements: [], terms: new Set(), names: false };
      sections.set(key, section);
    }
    section.statements.push(statement);
    for (const term of statement.terms) section.terms.add(term);
    section.names ||= statement.mentions().length > 0;
  }
  for (const section of sections.values()) {
    yield;
    const notices = isHouseNotice(section, corpus) ? [section.statements] : noticesIn(section, corpus);
    for (const notice of notices) for (const statement of notice) statement.isOnTopic = false;
  }
}

/** Paragraphs of a letter that speak of parties and parking, and of no product. */
function noticesIn({ statements }: SectionText, corpus: Corpus): Statement[][] {
  const paragraphs = Map.groupBy(statements, (statement) => statement.sentence.block);
  return [...paragraphs.values()].filter((paragraph) => {
    const [first] = paragraph;
    if (first?.sentence.kind !== 'sentence' || paragraph.some((one) => one.mentions().length > 0))
      return false;
    return cuesIn(paragraph.map((one) => one.text).join(' '), corpus).size >= 2;
  });
}

function isHouseNotice(section: SectionText, corpus: Corpus): boolean {
  const first = section.statements[0] as Statement;
  const path = first.document.sections[first.sentence.section]?.path ?? [];
  const own = path.length > 1 ? (path.at(-1) ?? '') : '';
  if (corpus.book.mentions(own).length > 0) return false;
  if (unrelatedCue.test(own)) return true;
  if (cuesIn(own, corpus).size > 0 || cuesIn(first.document.source.title, corpus).size > 0) return true;
  if (section.names || first.sentence.kind === 'row') return false;
  const text = section.statements
    .map((statement) => statement.text)
    .join(' ')
    .slice(0, 20_000);
  const cues = cuesIn(text, corpus).size;
  if (cues !== 1) return cues > 1;
  if (
    corpus.documents.length < 3 ||
    section.terms.size < 8 ||
    section.statements.some((statement) => statement.sentence.speaker !== undefined)
  )
    return false;
  const shared = [...section.terms].filter((term) => (corpus.documentFrequency.get(term) ?? 0) > 1).length;
  return shared / section.terms.size < 0.2;
}

const allHouseNotices = new RegExp(houseNotice.source, 'giu');

/** Cues of house notices in a text. What the documents speak of again and again is their topic, be it parking or lunch. */
function cuesIn(text: string, corpus: Corpus): ReadonlySet<string> {
  const cues = new Set(text.toLowerCase().match(allHouseNotices));
  for (const cue of cues) {
    const terms = cue.split(' ').map((word) => corpus.language.stem(word));
    const isTopic = terms.every((term) => {
      const count = corpus.frequency.get(term) ?? 0;
      return count > 8 || (count > 3 && (corpus.documentFrequency.get(term) ?? 0) > 1);
    });
    if (isTopic) cues.delete(cue);
  }
  return cues;
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
  return days === undefined ? undefined : isoDate(days);
}
