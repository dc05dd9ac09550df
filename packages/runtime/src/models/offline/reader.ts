import { attributionAround } from './attribution.ts';
import { rowText, splitPerson, type Attribution, type Cell, type DocumentBlock } from './blocks.ts';
import { readCsvBlocks } from './csv.ts';
import { HtmlReader } from './html.ts';
import { sourceSpan, type MappedText, type Span } from './mapped-text.ts';
import { MarkdownReader, speakerLabel } from './markdown.ts';
import { takeAllSteps, type Steps } from './pace.ts';
import type { Citation } from './results.ts';
import { splitSentences } from './sentences.ts';
import type { SourceText } from './tasks.ts';

export type { DocumentBlock } from './blocks.ts';

/** A statement of a document: a sentence, a bullet, a row, a spoken passage, or the prose inside a CSV cell. */
export interface Sentence extends Span {
  sentenceId: string;
  /** Position among the document's sentences. */
  index: number;
  kind: 'sentence' | 'bullet' | 'row' | 'quote' | 'cell';
  /** The statement as people read it, without markup. */
  text: string;
  /** Index into `sections`. */
  section: number;
  /** Sentences of one paragraph, bullet or row share a block. */
  block: number;
  isQuestion: boolean;
  /** Present on rows. */
  cells?: Cell[];
  /** The header row, the lead-in before a list, or the question that this answers. */
  context?: Span & { text: string };
  /** Present when a person says it. */
  speaker?: Attribution;
  /** For prose in a cell: the row it stands in. */
  row?: Cell[];
}

/** A heading with the text below it, up to the next heading of any level. */
export interface Section {
  /** Headings from the outermost to this one. */
  path: string[];
  heading: string;
  level: number;
}

/** A document cut into statements, each with its place in the source. */
export interface ParsedDocument {
  source: SourceText;
  sections: Section[];
  sentences: Sentence[];
  blocks: DocumentBlock[];
  /** Section index of every block. */
  sectionOfBlock: number[];
}

/** Cuts a source into headings, sentences, bullets and rows. Never throws: what cannot be understood is plain text. */
export function readDocument(source: SourceText): ParsedDocument {
  return takeAllSteps(readingSteps(source));
}

/** `readDocument` in steps. */
export function readingSteps(source: SourceText): Steps<ParsedDocument> {
  return new DocumentReader(source).read();
}

/** The citation of a range of a document. */
export function citationOf(document: ParsedDocument, sentence: Sentence, span: Span = sentence): Citation {
  return {
    documentId: document.source.documentId,
    title: document.source.title,
    start: span.start,
    end: span.end,
    quote: document.source.text.slice(span.start, span.end),
    section: [...(document.sections[sentence.section]?.path ?? [])],
    sentenceId: sentence.sentenceId,
  };
}

function readBlocks(source: SourceText): Steps<DocumentBlock[]> {
  switch (source.mediaType) {
    case 'text/csv':
      return readCsvBlocks(source.text);
    case 'text/html':
      return new HtmlReader(source.text).read();
    case 'text/markdown':
      return new MarkdownReader(source.text, false).read();
    case 'text/plain':
      return new MarkdownReader(source.text, true).read();
  }
}

const proseHeader =
  /^(?:reviews?|comments?|feedback|text|quote|statement|answer|message|opinion|verbatim|response)\b/iu;
const speakerHeader =
  /^(?:reviewer|author|user|name|customer|client|guest|respondent|speaker|by|from|person)\b/iu;
const roleHeader = /^(?:role|job|position|title|function|company|segment|persona|occupation)\b/iu;
/** Columns of stars and scores. */
export const ratingHeader: RegExp = /^(?:rating|stars?|score|marks?)\b/iu;

class DocumentReader {
  readonly #source: SourceText;
  readonly #sections: Section[] = [{ path: [], heading: '', level: 0 }];
  readonly #sentences: Sentence[] = [];
  readonly #sectionOfBlock: number[] = [];
  readonly #speakers = new Map<string, number>();
  #sentenceCount = 0;
  #rowCount = 0;
  #leadIn: (Span & { text: string }) | undefined;

  constructor(source: SourceText) {
    this.#source = source;
  }

  *read(): Steps<ParsedDocument> {
    const blocks = yield* readBlocks(this.#source);
    for (const block of blocks) this.#countSpeaker(block);
    for (const [index, block] of blocks.entries()) {
      yield;
      if (block.kind === 'heading') this.#openSection(block.level, block.content.text);
      this.#sectionOfBlock.push(this.#sections.length - 1);
      this.#readBlock(block, index);
    }
    return {
      source: this.#source,
      sections: this.#sections,
      sentences: this.#sentences,
      blocks,
      sectionOfBlock: this.#sectionOfBlock,
    };
  }

  #countSpeaker(block: DocumentBlock): void {
    if (block.kind !== 'paragraph') return;
    const label = speakerLabel(block.content.text);
    if (label !== undefined) this.#speakers.set(label.speaker, (this.#speakers.get(label.speaker) ?? 0) + 1);
  }

  #openSection(level: number, heading: string): void {
    const parents = this.#sections.at(-1);
    const path = [...(parents?.path ?? [])];
    let depth = this.#sections.length - 1;
    // Drops the headings that this one closes: those of the same or a deeper level.
    const levels: number[] = [];
    let wanted = path.length;
    for (; depth > 0 && wanted > 0; depth -= 1) {
      const section = this.#sections[depth] as Section;
      if (section.path.length === wanted) {
        levels[wanted - 1] = section.level;
        wanted -= 1;
      }
    }
    while (path.length > 0 && (levels[path.length - 1] ?? 0) >= level) path.pop();
    if (path.length < 12) path.push(heading);
    this.#sections.push({ path, heading, level });
    this.#leadIn = undefined;
  }

  #readBlock(block: DocumentBlock, index: number): void {
    switch (block.kind) {
      case 'heading':
      case 'rule':
        this.#leadIn = undefined;
        return;
      case 'row':
        this.#readRow(block, index);
        return;
      case 'paragraph':
        this.#readParagraph(block.content, index);
        return;
      case 'bullet':
        this.#readProse(block.content, index, 'bullet', {});
        return;
      case 'quote':
      case 'speech':
        this.#readProse(block.content, index, 'quote', { speaker: block.attribution ?? {} });
    }
  }

  #readParagraph(content: MappedText, index: number): void {
    this.#leadIn = undefined;
    const label = speakerLabel(content.text);
    if (label !== undefined && (this.#speakers.get(label.speaker) ?? 0) >= 2) {
      const speaker = this.#fullSpeaker(label);
      this.#readProse(content, index, 'quote', { speaker }, label.length);
      return;
    }
    this.#readWithSpeech(content, index);
    if (content.text.endsWith(':')) {
      const spans = splitSentences(content.text);
      const last = spans.at(-1);
      if (last !== undefined) {
        const span = sourceSpan(content, last.start, last.end);
        this.#leadIn = { ...span, text: content.text.slice(last.start, last.end) };
      }
    }
  }

  /** Whole sentences in quotation marks are somebody's words: of the person named beside them, else of the heading's. */
  #readWithSpeech(content: MappedText, block: number): void {
    const host = personOfHeading(this.#sections.at(-1)?.heading ?? '');
    let speaker: Attribution = host ?? {};
    let at = 0;
    for (const passage of quotedSpeech(content.text)) {
      const named = attributionAround(content.text, passage.start, passage.end);
      if (named?.speaker !== undefined)
        speaker = host?.speaker?.split(' ').includes(named.speaker) === true ? host : named;
      this.#readNarration(content, block, at, passage.start - 1);
      this.#readProse(content, block, 'quote', { speaker }, passage.start, passage.end);
      at = passage.end + 1;
    }
    if (at === 0) this.#readProse(content, block, 'sentence', {});
    else this.#readNarration(content, block, at, content.text.length);
  }

  /** What stands around speech; fragments such as "she said:" are no statements. */
  #readNarration(content: MappedText, block: number, from: number, to: number): void {
    let start = from;
    while (start < to && /[\s.,;]/u.test(content.text[start] ?? '')) start += 1;
    const text = content.text.slice(start, to).trimEnd();
    if (text.length < 12 || /^\p{Ll}/u.test(text)) return;
    const whole = text.endsWith(':') ? text.slice(0, Math.max(0, text.search(/[^.!?]*$/u))).trimEnd() : text;
    if (whole.length > 0) this.#readProse(content, block, 'sentence', {}, start, start + whole.length);
  }

  /** A first name in a transcript is completed from the heading: "Interview 1: Katrin Öhler, owner, Hofkorb". */
  #fullSpeaker(label: { speaker: string; role?: string }): Attribution {
    const person = personOfHeading(this.#sections.at(-1)?.heading ?? '');
    if (person?.speaker !== undefined && person.speaker.split(' ').includes(label.speaker)) return person;
    return { speaker: label.speaker, ...(label.role === undefined ? {} : { role: label.role }) };
  }

  #readProse(
    content: MappedText,
    block: number,
    kind: Sentence['kind'],
    extra: Pick<Sentence, 'speaker' | 'row'>,
    from = 0,
    to = content.text.length,
  ): void {
    const body = content.text.slice(from, to);
    let question: (Span & { text: string }) | undefined;
    for (const range of splitSentences(body)) {
      const text = body.slice(range.start, range.end);
      const span = sourceSpan(content, from + range.start, from + range.end);
      if (!/[\p{L}\p{N}]/u.test(text)) continue;
      const isQuestion = text.endsWith('?') || text.endsWith('?"') || text.endsWith('?”');
      const context = question ?? (kind === 'bullet' ? this.#leadIn : undefined);
      this.#sentenceCount += 1;
      this.#push({
        ...span,
        sentenceId: `s${this.#sentenceCount}`,
        kind,
        text,
        block,
        isQuestion,
        ...(context === undefined ? {} : { context }),
        ...extra,
      });
      if (isQuestion) question = { ...span, text };
    }
    if (kind !== 'bullet') this.#leadIn = undefined;
  }

  #readRow(row: Extract<DocumentBlock, { kind: 'row' }>, block: number): void {
    this.#rowCount += 1;
    const rowId = `r${this.#rowCount}`;
    this.#push({
      ...row.span,
      sentenceId: rowId,
      kind: 'row',
      text: rowText(row.cells),
      block,
      isQuestion: false,
      cells: row.cells,
      ...(row.header === undefined ? {} : { context: row.header }),
    });
    const prose = row.cells.filter((cell) => isProse(cell));
    const speaker = rowSpeaker(row.cells);
    for (const cell of prose) {
      for (const [index, range] of splitSentences(cell.text).entries()) {
        const text = cell.text.slice(range.start, range.end);
        const start = this.#source.text.indexOf(text, cell.start);
        if (start < 0 || start + text.length > cell.end) continue;
        this.#push({
          start,
          end: start + text.length,
          sentenceId: `${rowId}.${index + 1}`,
          kind: 'cell',
          text,
          block,
          isQuestion: text.endsWith('?'),
          speaker,
          row: row.cells,
        });
      }
    }
  }

  #push(sentence: Omit<Sentence, 'index' | 'section'>): void {
    this.#sentences.push({ ...sentence, index: this.#sentences.length, section: this.#sections.length - 1 });
  }
}

/** Inner ranges of quotation marks that hold whole sentences of at least four words. */
function quotedSpeech(text: string): Span[] {
  const spans: Span[] = [];
  let open = -1;
  for (let at = 0; at < text.length; at += 1) {
    const character = text[at] ?? '';
    if (character !== '"' && character !== '“' && character !== '”' && character !== '„') continue;
    const before = text[at - 1] ?? ' ';
    const opens =
      character === '„' ||
      (character === '“' && open < 0) ||
      (character === '"' && /[\s([:—–-]/u.test(before));
    if (open < 0) {
      if (opens) open = at + 1;
    } else if (!opens || character !== '"') {
      if (isSpeech(text, open, at)) spans.push({ start: open, end: at });
      open = -1;
    } else open = at + 1;
  }
  return spans;
}

function isSpeech(text: string, start: number, end: number): boolean {
  const passage = text.slice(start, end);
  const closed =
    /[.!?…]$/u.test(passage) || (passage.endsWith(',') && /^["”“]\s+\p{L}/u.test(text.slice(end, end + 3)));
  return closed && /^[\p{Lu}\p{N}]/u.test(passage) && passage.split(' ').length >= 4;
}

function isProse(cell: Cell): boolean {
  const words = cell.text.split(' ').length;
  return (proseHeader.test(cell.header) && words >= 3) || (words >= 8 && /[.!?]["”’)]?$/u.test(cell.text));
}

function rowSpeaker(cells: readonly Cell[]): Attribution {
  const speaker = cells.find((cell) => speakerHeader.test(cell.header))?.text ?? '';
  // Beside stars a title is the headline of a review, not a person's.
  const isReview = cells.some((cell) => ratingHeader.test(cell.header));
  const role =
    cells.find((cell) => roleHeader.test(cell.header) && !(isReview && /^title$/iu.test(cell.header)))
      ?.text ?? '';
  return { ...(speaker === '' ? {} : { speaker }), ...(role === '' ? {} : { role }) };
}

/** "2. Tom Okafor, owner, Brightfold (6 people)": the person an interview's heading names; undefined otherwise. */
export function personOfHeading(heading: string): Attribution | undefined {
  const text = heading
    .replace(
      /^\s*(?:\d{1,3}[.)]\s*)?(?:(?:interview|call|talk|conversation|customer)\s*(?:no\.?\s*)?\d*\s*(?:with|:|–|—|-)\s*)?/iu,
      '',
    )
    .trim();
  if (!/[,(–—|]/u.test(text)) return undefined;
  const person = splitPerson(text.replace(/\s*\([^()]*\)\s*$/u, '').replace(/\s+[–—]\s+/u, ', '));
  const name = person.speaker ?? '';
  if (name === name.toUpperCase()) return undefined;
  return /^(?:Dr\.? |Prof\.? )?\p{Lu}[\p{L}.'’-]+(?: (?:van|von|de|da|do|dos|del|der|den|la|le|al|bin|\p{Lu}[\p{L}.'’-]*)){1,4}$/u.test(
    name,
  )
    ? person
    : undefined;
}
