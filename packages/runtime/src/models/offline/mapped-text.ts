/**
 * Text with its markup removed, in which every character still knows where it stands in the source. Quotes are cut
 * from the source by these positions, so that cleaning never loosens a citation.
 */
export interface MappedText {
  readonly text: string;
  /** Source offset at which character `i` begins. */
  startOf(index: number): number;
  /** Source offset behind the character `i`. */
  endOf(index: number): number;
}

/** A half-open range of a source. */
export interface Span {
  start: number;
  end: number;
}

const isSpace = (code: number): boolean =>
  code === 32 || (code >= 9 && code <= 13) || code === 0xa0 || code === 0x202f || code === 0x2009;

/** Collects characters with their source positions; runs of white space become one space. */
export class MappedTextBuilder {
  readonly #pieces: string[] = [];
  readonly #starts: number[] = [];
  readonly #ends: number[] = [];
  #lastIsSpace = true;

  /** Copies a range of `source` as it stands. */
  copy(source: string, start: number, end: number): void {
    for (let at = start; at < end; at += 1) this.put(source[at] ?? '', at, at + 1);
  }

  /** Appends what stands for `source[start, end)`, such as a decoded entity; may be several characters. */
  put(characters: string, start: number, end: number): void {
    for (let index = 0; index < characters.length; index += 1) {
      const space = isSpace(characters.charCodeAt(index));
      if (space && this.#lastIsSpace) continue;
      this.#pieces.push(space ? ' ' : (characters[index] ?? ''));
      this.#starts.push(start);
      this.#ends.push(end);
      this.#lastIsSpace = space;
    }
  }

  get isEmpty(): boolean {
    return this.#pieces.length === 0;
  }

  /** The collected text without white space at its end. */
  finish(): MappedText {
    let length = this.#pieces.length;
    while (length > 0 && this.#pieces[length - 1] === ' ') length -= 1;
    const starts = Int32Array.from(this.#starts.slice(0, length));
    const ends = Int32Array.from(this.#ends.slice(0, length));
    return {
      text: this.#pieces.slice(0, length).join(''),
      startOf: (index) => starts[index] ?? 0,
      endOf: (index) => ends[index] ?? 0,
    };
  }
}

/** Joins line ranges of a source with spaces, each mapped to the line break it replaces. */
export function joinLines(source: string, lines: readonly Span[]): MappedText {
  const builder = new MappedTextBuilder();
  for (const [index, line] of lines.entries()) {
    if (index > 0) builder.put(' ', line.start, line.start);
    builder.copy(source, line.start, line.end);
  }
  return builder.finish();
}

/** Source range of `text.slice(from, to)`. An empty range answers an empty span. */
export function sourceSpan(mapped: MappedText, from: number, to: number): Span {
  if (to <= from) return { start: mapped.startOf(from), end: mapped.startOf(from) };
  return { start: mapped.startOf(from), end: mapped.endOf(to - 1) };
}

const namedEntities: Readonly<Record<string, string>> = {
  amp: '&',
  apos: "'",
  bull: '•',
  cent: '¢',
  copy: '©',
  deg: '°',
  eacute: 'é',
  egrave: 'è',
  agrave: 'à',
  ccedil: 'ç',
  euro: '€',
  frac12: '½',
  gt: '>',
  hellip: '…',
  laquo: '«',
  ldquo: '“',
  lsquo: '‘',
  lt: '<',
  mdash: '—',
  middot: '·',
  nbsp: '\u00a0',
  ndash: '–',
  ouml: 'ö',
  Ouml: 'Ö',
  auml: 'ä',
  Auml: 'Ä',
  uuml: 'ü',
  Uuml: 'Ü',
  szlig: 'ß',
  plusmn: '±',
  pound: '£',
  quot: '"',
  raquo: '»',
  rdquo: '”',
  reg: '®',
  rsquo: '’',
  shy: '',
  sup2: '²',
  times: '×',
  thinsp: '\u2009',
  trade: '™',
  yen: '¥',
};

/** Decodes the character reference at `at` ("&nbsp;", "&#8364;"); undefined when there is none. */
export function decodeEntity(source: string, at: number): { text: string; end: number } | undefined {
  const close = source.slice(at + 1, at + 12).indexOf(';');
  if (close < 1) return undefined;
  const name = source.slice(at + 1, at + 1 + close);
  const end = at + close + 2;
  if (name.startsWith('#')) {
    const code = /^#x[0-9a-f]{1,6}$/i.test(name)
      ? Number.parseInt(name.slice(2), 16)
      : /^#\d{1,7}$/.test(name)
        ? Number(name.slice(1))
        : 0;
    const valid = code > 0 && code <= 0x10ffff && (code < 0xd800 || code > 0xdfff);
    return valid ? { text: String.fromCodePoint(code), end } : undefined;
  }
  const text = Object.hasOwn(namedEntities, name) ? namedEntities[name] : undefined;
  return text === undefined ? undefined : { text, end };
}

/** Where a Markdown link `[text](target)` that opens at `at` closes its text and ends; bounded look-ahead. */
function linkAt(text: string, at: number): { close: number; end: number } | undefined {
  const close = text.slice(at, at + 400).indexOf(']');
  if (close < 1) return undefined;
  const next = text[at + close + 1];
  if (next !== '(' && next !== '[') return undefined;
  const tail = text.slice(at + close + 1, at + close + 1500);
  const end = tail.indexOf(next === '(' ? ')' : ']');
  return end < 0 ? undefined : { close: at + close, end: at + close + 1 + end + 1 };
}

const tagPattern = /^<(?:\/?[a-z][a-z0-9-]*(?:\s[^<>]{0,500})?\/?|!--.{0,1000}?--)>/i;
const letterOrDigit = /[\p{L}\p{N}]/u;

function isEmphasis(text: string, at: number): boolean {
  const mark = text[at];
  const before = text[at - 1] ?? ' ';
  const after = text[at + 1] ?? ' ';
  if (mark === '_') return !(letterOrDigit.test(before) && letterOrDigit.test(after));
  return !(before === ' ' && after === ' ');
}

/** Removes inline Markdown: emphasis, code marks, links (their text stays), images, tags, escapes, entities. */
export function stripInlineMarkdown(raw: MappedText): MappedText {
  const { text } = raw;
  if (!/[*_`[<&\\~!]/.test(text)) return raw;
  const builder = new MappedTextBuilder();
  const keep = (from: number, to: number, characters: string): void =>
    builder.put(characters, raw.startOf(from), raw.endOf(to - 1));
  let pending: { close: number; end: number } | undefined;
  let at = 0;
  while (at < text.length) {
    if (pending?.close === at) {
      at = pending.end;
      pending = undefined;
      continue;
    }
    const character = text[at] ?? '';
    if (character === '\\' && /[!-/:-@[-`{-~]/.test(text[at + 1] ?? '')) {
      keep(at, at + 2, text[at + 1] ?? '');
      at += 2;
    } else if (character === '!' && text[at + 1] === '[' && linkAt(text, at + 1) !== undefined) {
      at = linkAt(text, at + 1)?.end ?? at + 1;
    } else if (character === '[' && pending === undefined && linkAt(text, at) !== undefined) {
      pending = linkAt(text, at);
      at += 1;
    } else if (character === '`' || (character === '~' && text[at + 1] === '~')) {
      at += character === '`' ? 1 : 2;
    } else if ((character === '*' || character === '_') && isEmphasis(text, at)) {
      at += 1;
    } else if (character === '<') {
      at = skipTag(text, at, keep);
    } else {
      const entity = character === '&' ? decodeEntity(text, at) : undefined;
      keep(at, entity?.end ?? at + 1, entity?.text ?? character);
      at = entity?.end ?? at + 1;
    }
  }
  return builder.finish();
}

function skipTag(text: string, at: number, keep: (from: number, to: number, text: string) => void): number {
  const window = text.slice(at, at + 1200);
  const link = /^<((?:https?:\/\/|mailto:)[^<>\s]{1,1000})>/i.exec(window);
  if (link !== null) {
    for (let index = 1; index < link[0].length - 1; index += 1)
      keep(at + index, at + index + 1, window[index] ?? '');
    return at + link[0].length;
  }
  const tag = tagPattern.exec(window);
  if (tag === null) {
    keep(at, at + 1, '<');
    return at + 1;
  }
  if (/^<br/i.test(tag[0])) keep(at, at + tag[0].length, ' ');
  return at + tag[0].length;
}
