import type { Language, Token } from './language.ts';
import type { Span } from './mapped-text.ts';
import { citationOf, type ParsedDocument, type Sentence } from './reader.ts';
import type { Citation, Standing } from './results.ts';
import type { Mark } from './standing.ts';
import type { Mention, Subject, SubjectBook } from './subjects.ts';
import { findValues, type Value } from './values.ts';

/** What a statement is made of. */
export interface StatementParts {
  id: number;
  document: ParsedDocument;
  documentIndex: number;
  sentence: Sentence;
  mark: Mark;
  subject: Subject | undefined;
  isOnTopic: boolean;
  asOf: string | undefined;
}

/** Longer sentences are searched for values only so far. */
const charactersSearchedMax = 2_000;

/** A sentence with all the engine knows of it. What costs time is worked out when first asked for. */
export class Statement {
  /** Position in the corpus. */
  readonly id: number;
  readonly document: ParsedDocument;
  readonly documentIndex: number;
  readonly sentence: Sentence;
  readonly mark: Mark;
  readonly subject: Subject | undefined;
  /** False for look-alikes and house notices: such a statement is never emitted as a finding. */
  isOnTopic: boolean;
  /** Distinct search terms of the sentence. */
  terms: ReadonlySet<string> = new Set();
  /** Search terms of what completes it: context line, headings, units of its values. */
  contextTerms: ReadonlySet<string> = new Set();
  /** ISO date the document or section gives for itself. */
  readonly asOf: string | undefined;
  readonly #shared: StatementContext;
  #tokens: Token[] | undefined;
  #values: Value[] | undefined;
  #mentions: readonly Mention[] | undefined;
  #words = 0;

  constructor(parts: StatementParts, shared: StatementContext) {
    this.id = parts.id;
    this.document = parts.document;
    this.documentIndex = parts.documentIndex;
    this.sentence = parts.sentence;
    this.mark = parts.mark;
    this.subject = parts.subject;
    this.isOnTopic = parts.isOnTopic;
    this.asOf = parts.asOf;
    this.#shared = shared;
  }

  /** The statement as people read it, without markup. */
  get text(): string {
    return this.sentence.text;
  }

  /** 'stated' statements are told as facts; others only with their standing. */
  get standing(): Standing {
    return this.mark.standing;
  }

  /** Words between spaces. */
  get wordCount(): number {
    if (this.#words === 0) {
      this.#words = 1;
      for (let at = this.text.indexOf(' '); at >= 0; at = this.text.indexOf(' ', at + 1)) this.#words += 1;
    }
    return this.#words;
  }

  /** Words with their parts of speech. */
  tokens(): Token[] {
    if (this.#tokens !== undefined) return this.#tokens;
    const tokens = this.#shared.language.tokens(this.text);
    if (this.#shared.keepsTokens) this.#tokens = tokens;
    return tokens;
  }

  /** Numbers, money, dates. */
  values(): Value[] {
    return (this.#values ??= findValues(
      this.text.length > charactersSearchedMax ? this.text.slice(0, charactersSearchedMax) : this.text,
    ));
  }

  /** The known names in it, look-alikes left out. */
  mentions(): readonly Mention[] {
    return (this.#mentions ??= this.#shared.book.mentions(this.text));
  }

  /** Whether it names the subject. */
  names(subject: Subject): boolean {
    return this.mentions().some((mention) => mention.subject === subject);
  }

  cite(span?: Span): Citation {
    return citationOf(this.document, this.sentence, span);
  }
}

/** What all statements of a corpus share. */
export interface StatementContext {
  language: Language;
  book: SubjectBook;
  /** Whether parts of speech are kept once worked out; large corpora would need too much memory. */
  keepsTokens: boolean;
}
