import { readAttribution, type Cell, type DocumentBlock } from './blocks.ts';
import { joinLines, stripInlineMarkdown, type MappedText, type Span } from './mapped-text.ts';
import type { Steps } from './pace.ts';

interface Line extends Span {
  text: string;
}

const lineCharactersMax = 4_000;
const separatorRow = /^[\s|:-]*-[\s|:-]*$/u;
const bulletMark = /^(\s*)(?:[-*+•▪–]|\d{1,3}[.)])(?:\s+|$)/u;
const rule = /^\s{0,3}(?:(?:-\s*){3,}|(?:\*\s*){3,}|(?:_\s*){3,}|={3,})$/u;

function splitLines(text: string): Line[] {
  const lines: Line[] = [];
  let start = text.codePointAt(0) === 0xfeff ? 1 : 0;
  while (start <= text.length) {
    const feed = text.indexOf('\n', start);
    let end = feed < 0 ? text.length : feed;
    const next = end + 1;
    if (end > start && text[end - 1] === '\r') end -= 1;
    lines.push({ start, end, text: text.slice(start, end) });
    start = next;
  }
  return lines;
}

/** Reads Markdown, or plain text with the few marks that people put there, block by block. */
export class MarkdownReader {
  readonly #source: string;
  readonly #plain: boolean;
  readonly #lines: Line[];
  readonly #blocks: DocumentBlock[] = [];
  #at = 0;
  #tables = 0;

  constructor(source: string, plain: boolean) {
    this.#source = source;
    this.#plain = plain;
    this.#lines = splitLines(source);
  }

  /** All blocks in the order of the text. */
  *read(): Steps<DocumentBlock[]> {
    if (!this.#plain) this.#skipFrontMatter();
    while (this.#at < this.#lines.length) {
      yield;
      this.#readBlock();
    }
    return this.#blocks;
  }

  #line(offset = 0): string {
    const text = this.#lines[this.#at + offset]?.text ?? '';
    return text.length > lineCharactersMax ? text.slice(0, lineCharactersMax) : text;
  }

  #content(lines: readonly Span[]): MappedText {
    const joined = joinLines(this.#source, lines);
    return this.#plain ? joined : stripInlineMarkdown(joined);
  }

  #skipFrontMatter(): void {
    if (this.#line() !== '---') return;
    const end = this.#lines.findIndex((line, index) => index > 0 && index < 60 && line.text === '---');
    if (end > 0) this.#at = end + 1;
  }

  #readBlock(): void {
    const line = this.#line();
    if (line.trim() === '') this.#at += 1;
    else if (/^\s{0,3}(?:```|~~~)/u.test(line)) this.#skipFence(line);
    else if (line.trimStart().startsWith('<!--')) this.#skipComment();
    else if (!this.#plain && /^\s{0,3}#{1,6}(?:\s|$)/u.test(line)) this.#readHeading(line);
    else if (rule.test(line)) this.#readRule();
    else if (line.includes('|') && this.#line(1).includes('-') && separatorRow.test(this.#line(1)))
      this.#readTable();
    else if (/^\s{0,3}>/u.test(line)) this.#readQuote();
    else if (bulletMark.test(line)) this.#readBullet(line);
    else this.#readParagraph();
  }

  #skipFence(open: string): void {
    const mark = open.trim().slice(0, 3);
    this.#at += 1;
    while (this.#at < this.#lines.length && !this.#line().trimStart().startsWith(mark)) this.#at += 1;
    this.#at += 1;
  }

  #skipComment(): void {
    while (this.#at < this.#lines.length && !this.#line().includes('-->')) this.#at += 1;
    this.#at += 1;
  }

  #readHeading(line: string): void {
    const marks = /^\s*(#{1,6})\s*/u.exec(line);
    const current = this.#lines[this.#at] as Line;
    const from = current.start + (marks?.[0].length ?? 0);
    const to = current.start + line.replace(/\s+#+\s*$/u, '').length;
    const content = this.#content([{ start: Math.min(from, to), end: to }]);
    if (content.text !== '') this.#blocks.push({ kind: 'heading', level: marks?.[1]?.length ?? 1, content });
    this.#at += 1;
  }

  #readRule(): void {
    this.#blocks.push({ kind: 'rule' });
    this.#at += 1;
  }

  #readTable(): void {
    const table = (this.#tables += 1);
    const headerLine = this.#lines[this.#at] as Line;
    const header = this.#cells(headerLine, []);
    const names = header.map((cell) => cell.text);
    const context = { start: headerLine.start, end: headerLine.end, text: names.filter(Boolean).join(', ') };
    this.#at += 2;
    while (this.#at < this.#lines.length && this.#line().includes('|')) {
      const line = this.#lines[this.#at] as Line;
      const cells = this.#cells(line, names);
      const span = trimSpan(this.#source, line);
      if (cells.some((cell) => cell.text !== ''))
        this.#blocks.push({ kind: 'row', table, cells, span, header: context });
      this.#at += 1;
    }
  }

  #cells(line: Line, names: readonly string[]): Cell[] {
    const bounds: Span[] = [];
    let start = line.start;
    for (let at = line.start; at <= line.end; at += 1) {
      const escaped = this.#source[at - 1] === '\\';
      if (at === line.end || (this.#source[at] === '|' && !escaped)) {
        bounds.push(trimSpan(this.#source, { start, end: at }));
        start = at + 1;
      }
    }
    const first = bounds[0];
    if (first !== undefined && first.start === first.end) bounds.shift();
    const last = bounds.at(-1);
    if (last !== undefined && last.start === last.end) bounds.pop();
    return bounds.map((span, index) => ({
      ...span,
      header: names[index] ?? '',
      text: this.#content([span]).text,
    }));
  }

  #readQuote(): void {
    const paragraphs: Line[][] = [[]];
    while (/^\s{0,3}>/u.test(this.#line())) {
      const line = this.#lines[this.#at] as Line;
      const marks = /^[\s>]*/u.exec(this.#line())?.[0].length ?? 0;
      const text = line.text.slice(marks);
      if (text.trim() === '') paragraphs.push([]);
      else if (readAttribution(text) !== undefined)
        paragraphs.push([{ ...line, start: line.start + marks, text }]);
      else paragraphs.at(-1)?.push({ start: line.start + marks, end: line.end, text });
      this.#at += 1;
    }
    this.#pushQuotes(paragraphs.filter((lines) => lines.length > 0));
  }

  #pushQuotes(paragraphs: readonly Line[][]): void {
    let attribution = this.#trailingAttribution();
    for (const lines of [...paragraphs].reverse()) {
      const content = this.#content(lines);
      const named = readAttribution(content.text);
      if (named !== undefined) attribution = named;
      else if (attribution === undefined) this.#blocks.push({ kind: 'quote', content });
      else this.#blocks.push({ kind: 'quote', content, attribution });
    }
    reorder(this.#blocks, paragraphs.length);
  }

  /** An attribution may stand in its own line right behind the quote. */
  #trailingAttribution(): ReturnType<typeof readAttribution> {
    let ahead = 0;
    while (ahead < 2 && this.#line(ahead).trim() === '' && this.#at + ahead < this.#lines.length) ahead += 1;
    const named = readAttribution(this.#line(ahead));
    if (named !== undefined) this.#at += ahead + 1;
    return named;
  }

  #readBullet(first: string): void {
    const mark = bulletMark.exec(first)?.[0].length ?? 0;
    const depth = Math.floor((bulletMark.exec(first)?.[1]?.length ?? 0) / 2);
    const current = this.#lines[this.#at] as Line;
    const lines: Span[] = [{ start: current.start + mark, end: current.end }];
    this.#at += 1;
    while (this.#at < this.#lines.length && this.#continues()) {
      lines.push(this.#lines[this.#at] as Line);
      this.#at += 1;
    }
    const content = this.#content(lines);
    if (content.text !== '') this.#blocks.push({ kind: 'bullet', depth, content });
  }

  /** Whether the line at hand goes on with the paragraph or bullet before it. */
  #continues(): boolean {
    const line = this.#line();
    if (line.trim() === '' || bulletMark.test(line) || rule.test(line)) return false;
    if (line.includes('|') && separatorRow.test(this.#line(1)) && this.#line(1).includes('-')) return false;
    return !/^\s{0,3}(?:```|~~~|>|#{1,6}\s)/u.test(line);
  }

  #readParagraph(): void {
    const lines: Line[] = [this.#lines[this.#at] as Line];
    this.#at += 1;
    while (this.#at < this.#lines.length && this.#continues()) {
      lines.push(this.#lines[this.#at] as Line);
      this.#at += 1;
    }
    const underline = /^\s{0,3}(=+|-+)\s*$/u.exec(this.#line());
    if (lines.length === 1 && underline?.[1] !== undefined && underline[1].length > 2) {
      this.#at += 1;
      this.#pushHeading(lines, underline[1].startsWith('=') ? 1 : 2);
      return;
    }
    this.#pushParagraph(lines);
  }

  #pushHeading(lines: readonly Span[], level: number): void {
    const content = this.#content(lines);
    if (content.text !== '') this.#blocks.push({ kind: 'heading', level, content });
  }

  #pushParagraph(lines: Line[]): void {
    const [first, ...rest] = lines;
    if (this.#plain && first !== undefined) {
      const shout = isShout(first.text);
      if (shout || (rest.length === 0 && isTitleLine(first.text) && !this.#insideSpeech(first.text))) {
        this.#pushHeading([first], shout ? 1 : 2);
        if (rest.length > 0) this.#pushParagraph(rest);
        return;
      }
    }
    this.#pushLines(lines);
  }

  #insideSpeech(line: string): boolean {
    return /^[\p{Lu}][\p{L}.'’-]*(?: [\p{Lu}][\p{L}.'’-]*){0,3}:\s/u.test(line) && !/\d\s*:/u.test(line);
  }

  #pushLines(lines: readonly Line[]): void {
    let run: Line[] = [];
    const flush = (): void => {
      const content = this.#content(run);
      if (content.text !== '') this.#blocks.push({ kind: 'paragraph', content });
      run = [];
    };
    for (const line of lines) {
      if (run.length > 0 && speakerLabel(line.text) !== undefined) flush();
      run.push(line);
    }
    flush();
  }
}

/** "Katrin: The boxes come back." names its speaker before a colon; undefined for any other line. */
export function speakerLabel(line: string): { speaker: string; role?: string; length: number } | undefined {
  const pattern =
    /^\s*((?:Dr\. |Prof\. )?\p{Lu}[\p{L}.'’-]{0,30}(?: \p{Lu}[\p{L}.'’-]{0,30}){0,3})(?: \(([^()]{1,80})\))?:\s+(?=\S)/u;
  const match = pattern.exec(line.slice(0, 240));
  if (match?.[1] === undefined) return undefined;
  return {
    speaker: match[1],
    length: match[0].length,
    ...(match[2] === undefined ? {} : { role: match[2] }),
  };
}

function isShout(line: string): boolean {
  const letters = line.replaceAll(/[^\p{L}]/gu, '');
  return (
    letters.length >= 4 &&
    letters.length < 100 &&
    letters === letters.toUpperCase() &&
    letters !== letters.toLowerCase()
  );
}

function isTitleLine(line: string): boolean {
  const text = line.trim();
  return (
    text.length <= 140 &&
    /\p{L}/u.test(text) &&
    !/[.!?;,:…]["'”’)]*$/u.test(text) &&
    !/^["“„'‘(—–]/u.test(text)
  );
}

function trimSpan(source: string, span: Span): Span {
  let { start, end } = span;
  while (start < end && /\s/u.test(source[start] ?? '')) start += 1;
  while (end > start && /\s/u.test(source[end - 1] ?? '')) end -= 1;
  return { start, end };
}

/** Quote paragraphs are collected backwards (their attribution stands last); this restores the order of the text. */
function reorder(blocks: DocumentBlock[], count: number): void {
  const tail: DocumentBlock[] = [];
  while (tail.length < count && blocks.at(-1)?.kind === 'quote') tail.push(blocks.pop() as DocumentBlock);
  blocks.push(...tail.sort((left, right) => startOf(left) - startOf(right)));
}

function startOf(block: DocumentBlock): number {
  return 'content' in block ? block.content.startOf(0) : 0;
}
