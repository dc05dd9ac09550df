import { readAttribution, splitPerson, type Attribution, type Cell, type DocumentBlock } from './blocks.ts';
import { decodeEntity, MappedTextBuilder, type MappedText, type Span } from './mapped-text.ts';
import type { Steps } from './pace.ts';

const skipped = new Set([
  'script',
  'style',
  'noscript',
  'template',
  'head',
  'svg',
  'select',
  'nav',
  'button',
  'iframe',
]);
const breaking = new Set(
  'address article aside blockquote body br dd details dialog div dl dt fieldset figcaption figure footer form h1 h2 h3 h4 h5 h6 header hr html li main ol p pre section summary table tbody td tfoot th thead tr ul'.split(
    ' ',
  ),
);

interface Row {
  cells: (Cell & { head: boolean })[];
  start: number;
  end: number;
}

/** Reads HTML into blocks, forgiving whatever is malformed; scripts, styles, comments and navigation are left out. */
export class HtmlReader {
  readonly #source: string;
  readonly #blocks: DocumentBlock[] = [];
  #builder = new MappedTextBuilder();
  #open: string[] = [];
  #at = 0;
  #tables = 0;
  #names: string[] = [];
  /** Rows of this table so far. */
  #rows = 0;
  #header: (Span & { text: string }) | undefined;
  #row: Row | undefined;
  /** The last term of a definition list, until its definition comes. */
  #term: MappedText | undefined;
  #cellStart = 0;
  /** Elements whose end tag is known to be missing, so that the search for it is made once. */
  readonly #unclosed = new Set<string>();

  constructor(source: string) {
    this.#source = source;
  }

  /** All blocks in the order of the text. */
  *read(): Steps<DocumentBlock[]> {
    while (this.#at < this.#source.length) {
      yield;
      if (this.#source[this.#at] === '<') this.#readMarkup();
      else this.#readCharacters();
    }
    this.#flush();
    this.#endRow();
    return this.#blocks;
  }

  #readCharacters(): void {
    const source = this.#source;
    while (this.#at < source.length && source[this.#at] !== '<') {
      const entity = source[this.#at] === '&' ? decodeEntity(source, this.#at) : undefined;
      const end = entity?.end ?? this.#at + 1;
      this.#builder.put(entity?.text ?? source[this.#at] ?? '', this.#at, end);
      this.#at = end;
    }
  }

  #readMarkup(): void {
    const source = this.#source;
    if (source.startsWith('<!--', this.#at)) {
      const close = source.indexOf('-->', this.#at + 4);
      this.#at = close < 0 ? source.length : close + 3;
      return;
    }
    const tag = /^<(\/?)([a-z][a-z0-9]{0,20})\b/i.exec(source.slice(this.#at, this.#at + 30));
    const isDeclaration = source[this.#at + 1] === '!' || source[this.#at + 1] === '?';
    if (tag === null && !isDeclaration) {
      this.#builder.put('<', this.#at, this.#at + 1);
      this.#at += 1;
      return;
    }
    const start = this.#at;
    this.#at = this.#tagEnd(start);
    const name = tag?.[2]?.toLowerCase() ?? '';
    if (tag?.[1] === '/') this.#close(name, start);
    else if (tag !== null) this.#start(name);
  }

  #tagEnd(start: number): number {
    const source = this.#source;
    let quote = '';
    for (let at = start + 1; at < Math.min(source.length, start + 20_000); at += 1) {
      const character = source[at] ?? '';
      if (quote !== '') {
        if (character === quote) quote = '';
      } else if (character === '>') return at + 1;
      else if ((character === '"' || character === "'") && source[at - 1] === '=') quote = character;
    }
    const close = source.indexOf('>', start);
    return close < 0 ? source.length : close + 1;
  }

  #start(name: string): void {
    if (skipped.has(name)) {
      this.#flush();
      this.#skipElement(name);
      return;
    }
    if (!breaking.has(name)) return;
    if (name === 'br' || (this.#row !== undefined && !/^(?:tr|td|th|table)$/u.test(name))) {
      this.#builder.put(' ', this.#at, this.#at);
      return;
    }
    this.#flush();
    if (name === 'table') this.#startTable();
    else if (name === 'tr') this.#startRow();
    else if (name === 'td' || name === 'th') this.#cellStart = this.#at;
    if (name === 'hr') this.#blocks.push({ kind: 'rule' });
    else if (this.#open.length < 2_000) this.#open.push(name);
  }

  #skipElement(name: string): void {
    if (this.#unclosed.has(name)) return;
    const close = new RegExp(`</${name}\\b[^>]*>`, 'giu');
    close.lastIndex = this.#at;
    const match = close.exec(this.#source);
    if (match === null) this.#unclosed.add(name);
    else this.#at = match.index + match[0].length;
  }

  #close(name: string, at: number): void {
    if (!breaking.has(name)) return;
    if (this.#row !== undefined && !/^(?:tr|td|th|table)$/u.test(name)) {
      this.#builder.put(' ', at, at);
      return;
    }
    if (name === 'td' || name === 'th') this.#endCell(name, at);
    else this.#flush();
    if (name === 'tr' || name === 'table') this.#endRow();
    const index = this.#open.lastIndexOf(name);
    if (index >= 0) this.#open.length = index;
  }

  #startTable(): void {
    this.#tables += 1;
    this.#names = [];
    this.#rows = 0;
    this.#header = undefined;
  }

  #startRow(): void {
    this.#endRow();
    this.#row = { cells: [], start: this.#at, end: this.#at };
  }

  #endCell(name: string, at: number): void {
    const text = this.#builder.finish();
    this.#builder = new MappedTextBuilder();
    if (this.#row === undefined) return;
    const start = text.text === '' ? this.#cellStart : text.startOf(0);
    const end = text.text === '' ? at : text.endOf(text.text.length - 1);
    if (this.#row.cells.length < 200) {
      const header = this.#names[this.#row.cells.length] ?? '';
      this.#row.cells.push({
        start,
        end: Math.max(start, end),
        header,
        text: text.text,
        head: name === 'th',
      });
    }
  }

  #endRow(): void {
    const row = this.#row;
    this.#row = undefined;
    const first = row?.cells[0];
    const last = row?.cells.at(-1);
    if (row === undefined || first === undefined || last === undefined) return;
    const span = { start: first.start, end: last.end };
    const isHeader =
      this.#names.length === 0 &&
      row.cells.length > 1 &&
      row.cells.every(
        (cell, index) =>
          cell.head || (this.#rows === 0 && (isLabel(cell.text) || (index === 0 && cell.text === ''))),
      );
    this.#rows += 1;
    if (isHeader) {
      this.#names = row.cells.map((cell) => cell.text);
      this.#header = { ...span, text: this.#names.join(', ') };
      return;
    }
    const cells = row.cells.map(({ head: _head, ...cell }) => cell);
    if (cells.every((cell) => cell.text === '')) return;
    this.#blocks.push({
      kind: 'row',
      table: this.#tables,
      cells,
      span,
      ...(this.#header === undefined ? {} : { header: this.#header }),
    });
  }

  #flush(): void {
    if (this.#builder.isEmpty) return;
    const content = this.#builder.finish();
    this.#builder = new MappedTextBuilder();
    if (content.text === '' || this.#row !== undefined) return;
    const inside = new Set(this.#open.slice(-40));
    const heading = this.#open.at(-1)?.match(/^h([1-6])$/u);
    if (heading?.[1] !== undefined) {
      this.#blocks.push({ kind: 'heading', level: Number(heading[1]), content });
    } else if (inside.has('blockquote') || inside.has('figcaption')) {
      this.#quote(content, inside);
    } else if (inside.has('footer')) {
      // A page footer is boilerplate: copyright, cookies.
    } else if (this.#open.at(-1) === 'dt') {
      this.#term = content;
    } else if (inside.has('dd') && this.#term !== undefined) {
      this.#definition(this.#term, content);
    } else if (inside.has('li') || inside.has('dd')) {
      const depth = this.#open.filter((name) => name === 'ul' || name === 'ol').length;
      this.#blocks.push({ kind: 'bullet', depth: Math.max(0, depth - 1), content });
    } else this.#blocks.push({ kind: 'paragraph', content });
  }

  /** A term and what is said of it read like a row of a property table. */
  #definition(term: MappedText, content: MappedText): void {
    const cells = [term, content].map((part) => ({
      start: part.startOf(0),
      end: part.endOf(part.text.length - 1),
      header: '',
      text: part.text,
    }));
    const span = { start: cells[0]?.start ?? 0, end: cells[1]?.end ?? 0 };
    this.#blocks.push({ kind: 'row', table: this.#tables, cells, span });
    this.#term = undefined;
  }

  #quote(content: MappedText, inside: ReadonlySet<string>): void {
    const last = this.#blocks.at(-1);
    const named = readAttribution(content.text) ?? this.#captionPerson(content.text, inside);
    if (named !== undefined && last?.kind === 'quote') last.attribution = named;
    else this.#blocks.push({ kind: 'quote', content });
  }

  #captionPerson(text: string, inside: ReadonlySet<string>): Attribution | undefined {
    return inside.has('footer') || inside.has('figcaption') ? splitPerson(text) : undefined;
  }
}

function isLabel(text: string): boolean {
  return text !== '' && text.length < 40 && !/\d/u.test(text);
}
