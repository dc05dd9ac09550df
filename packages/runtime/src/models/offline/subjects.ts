import { unrelatedCue } from './lexicon.ts';
import type { Span } from './mapped-text.ts';
import type { ParsedDocument, Sentence } from './reader.ts';
import type { SubjectHint, SubjectRole } from './tasks.ts';

/** A name the corpus is about. */
export interface Subject {
  name: string;
  role: SubjectRole | undefined;
  aliases: string[];
}

/** Where a known name stands in a text. */
export interface Mention extends Span {
  subject: Subject;
  /** The name with the capitalised words behind it ("Acme Cloud"). */
  full: string;
}

const escape = (text: string): string => text.replaceAll(/[.*+?^${}()|[\]\\]/gu, String.raw`\$&`);
const capitalTail =
  /^(?: (?!(?:It|Its|The|This|That|We|Our|In|On|At|And|But|If|For|By|AS|Inc|Ltd|GmbH|AG|LLC|SA|BV|A|An)\b)\p{Lu}[\p{L}\p{N}-]+){1,2}/u;

/** Known names and how they are found in text; says which look-alikes the documents call unrelated. */
export class SubjectBook {
  readonly subjects: readonly Subject[];
  readonly #byName = new Map<string, Subject>();
  readonly #pattern: RegExp | undefined;
  readonly #unrelated = new Set<string>();
  /** Words of all known names, in lower case. */
  readonly words: ReadonlySet<string>;

  constructor(hints: readonly SubjectHint[]) {
    this.subjects = hints.map((hint) => ({ name: hint.name, role: hint.role, aliases: hint.aliases ?? [] }));
    for (const subject of this.subjects) {
      for (const name of [subject.name, ...subject.aliases]) {
        if (!this.#byName.has(name.toLowerCase())) this.#byName.set(name.toLowerCase(), subject);
      }
    }
    this.words = new Set([...this.#byName.keys()].flatMap((name) => name.split(/\s+/u)));
    const names = [...this.#byName.keys()].sort((left, right) => right.length - left.length);
    if (names.length > 0) {
      this.#pattern = new RegExp(
        `(?<![\\p{L}\\p{N}])(${names.map(escape).join('|')})s?(?![\\p{L}\\p{N}])`,
        'giu',
      );
    }
  }

  /** The subject everything is about unless the text says otherwise: the own one, else the first. */
  get main(): Subject | undefined {
    return this.subjects.find((subject) => subject.role === 'own') ?? this.subjects[0];
  }

  /** The subject of a name or alias. */
  find(name: string): Subject | undefined {
    return this.#byName.get(name.trim().toLowerCase());
  }

  /** Mentions of known names, look-alikes left out. */
  mentions(text: string): Mention[] {
    return this.#all(text).filter((mention) => !this.#unrelated.has(mention.full.toLowerCase()));
  }

  /** Whether the text names a look-alike. */
  namesUnrelated(text: string): boolean {
    return (
      this.#unrelated.size > 0 &&
      this.#all(text).some((mention) => this.#unrelated.has(mention.full.toLowerCase()))
    );
  }

  /** Full names of the look-alikes, in lower case. */
  get unrelated(): ReadonlySet<string> {
    return this.#unrelated;
  }

  /** Reads which names with a known beginning the documents call somebody else's. */
  learnUnrelated(documents: readonly ParsedDocument[]): void {
    for (const document of documents) {
      for (const sentence of document.sentences) {
        if (!unrelatedCue.test(sentence.text)) continue;
        for (const mention of this.#all(sentence.text)) {
          if (mention.full.length > mention.end - mention.start)
            this.#unrelated.add(mention.full.toLowerCase());
        }
      }
    }
  }

  #all(text: string): Mention[] {
    if (this.#pattern === undefined) return [];
    const mentions: Mention[] = [];
    this.#pattern.lastIndex = 0;
    for (let match = this.#pattern.exec(text); match !== null; match = this.#pattern.exec(text)) {
      const end = match.index + match[0].length;
      const subject = this.#byName.get((match[1] ?? '').toLowerCase());
      if (subject === undefined) continue;
      const tail = capitalTail.exec(text.slice(end, end + 80))?.[0] ?? '';
      mentions.push({ subject, start: match.index, end, full: match[0] + tail });
    }
    return mentions;
  }
}

const pronounStart =
  /^(?:it|its|they|their|he|she|his|her|this|these|that|the (?:company|product|service|tool|project|program|box|device|app|team|plan|vendor))\b/iu;
const objectPosition =
  /\b(?:for|to|from|than|like|of|with|by|about|against|in|on|at|over|under|between|and|used|uses|evaluated|left|tried|mentions?|recommends?|praised?|vs\.?|versus)\s+(?:the\s+|self-hosted\s+|both\s+)?$/iu;

/** What a document, its sections and its sentences speak of. */
interface SubjectMap {
  /** Per sentence: the subject, or undefined for look-alikes and documents without one. */
  ofSentence: (Subject | undefined)[];
  /** Per sentence: whether it speaks of a look-alike. */
  isUnrelated: boolean[];
  ofDocument: Subject | undefined;
}

/** Resolves the subject of every sentence: named in it, carried on by a pronoun, or that of its section or document. */
export function resolveSubjects(document: ParsedDocument, book: SubjectBook): SubjectMap {
  const ofDocument = documentSubject(document, book);
  const ofSentence: (Subject | undefined)[] = [];
  const isUnrelated: boolean[] = [];
  let section = -1;
  let current: Subject | undefined;
  let astray = false;
  for (const sentence of document.sentences) {
    if (sentence.section !== section) {
      section = sentence.section;
      current = sectionSubject(document, section, book) ?? ofDocument;
      astray = false;
    }
    const named = namedSubject(sentence, book);
    if (book.namesUnrelated(sentence.text)) astray = true;
    else if (named !== undefined && !pronounStart.test(sentence.text)) astray = false;
    isUnrelated.push(astray);
    const carried = pronounStart.test(sentence.text) || named === undefined;
    const subject = carried ? current : named;
    ofSentence.push(astray ? undefined : subject);
    if (!carried && sentence.kind === 'sentence') current = named;
    if (sentence.kind !== 'sentence') current = sectionSubject(document, section, book) ?? ofDocument;
  }
  return { ofSentence, isUnrelated, ofDocument };
}

/** The subject that the title names; else the own one; else the one that headings name, or the text names most. */
function documentSubject(document: ParsedDocument, book: SubjectBook): Subject | undefined {
  const own = book.main?.role === 'own' ? book.main : undefined;
  const titled = new Map<Subject, number>();
  const named = new Map<Subject, number>();
  const count = (score: Map<Subject, number>, text: string, weight: number): void => {
    for (const mention of book.mentions(text))
      score.set(mention.subject, (score.get(mention.subject) ?? 0) + weight);
  };
  count(titled, document.source.title, 4);
  for (const section of document.sections) {
    // A chapter on a competitor does not make a document of one's own the competitor's.
    const isTitle = section.path.length === 1;
    if (isTitle || own === undefined) count(titled, section.heading, isTitle ? 4 : 1);
  }
  for (const sentence of document.sentences) count(named, sentence.text, 1);
  return most(titled) ?? own ?? most(named) ?? book.main;
}

function most(score: ReadonlyMap<Subject, number>): Subject | undefined {
  let best: Subject | undefined;
  for (const [subject, weight] of score)
    if (best === undefined || weight > (score.get(best) ?? 0)) best = subject;
  return best;
}

function sectionSubject(document: ParsedDocument, section: number, book: SubjectBook): Subject | undefined {
  const path = document.sections[section]?.path ?? [];
  for (const heading of path.slice(1).toReversed()) {
    const named = new Set(book.mentions(heading).map((mention) => mention.subject));
    if (named.size === 1) return [...named][0];
  }
  return undefined;
}

/** "Acme Two", "Acme Go 3": a cell that holds a name and little else speaks of that product. */
function modelOf(text: string, book: SubjectBook): Subject | undefined {
  const [mention] = text.split(' ', 5).length <= 4 ? book.mentions(text) : [];
  return mention?.start === 0 && !/[.!?:;]/u.test(text) ? mention.subject : undefined;
}

function namedSubject(sentence: Sentence, book: SubjectBook): Subject | undefined {
  const cells = sentence.cells ?? sentence.row;
  if (cells !== undefined) {
    for (const cell of cells) {
      const subject = book.find(cell.text) ?? modelOf(cell.text, book);
      if (subject !== undefined) return subject;
    }
  }
  const mentions = book.mentions(sentence.text);
  const acting = mentions.find((mention) => !objectPosition.test(sentence.text.slice(0, mention.start)));
  if (acting !== undefined) return acting.subject;
  const others = new Set(mentions.map((mention) => mention.subject));
  // A person who names one product anywhere speaks of that product.
  const settles = sentence.kind === 'row' || sentence.speaker !== undefined;
  return others.size === 1 && settles ? mentions[0]?.subject : undefined;
}
