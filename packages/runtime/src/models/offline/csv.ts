import type { Cell, DocumentBlock } from './blocks.ts';
import type { Span } from './mapped-text.ts';
import { takeAllSteps, type Steps } from './pace.ts';

interface RawCell extends Span {
  text: string;
}

const delimiters = [',', ';', '\t', '|'] as const;

/** The delimiter that splits the first lines into the same number (> 1) of cells; a comma when none does. */
function detectDelimiter(text: string): string {
  const head = text.slice(0, 8_000);
  let best = { delimiter: ',', score: 0 };
  for (const delimiter of delimiters) {
    const rows = takeAllSteps(readRows(head, delimiter)).slice(0, 8);
    const width = rows[0]?.length ?? 0;
    if (width < 2) continue;
    const same = rows.filter((row) => row.length === width).length;
    const score = (same / rows.length) * 10 + Math.min(width, 9) / 10;
    if (score > best.score) best = { delimiter, score };
  }
  return best.delimiter;
}

/** Reads rows by RFC 4180; positions are those of the cell's own characters, quotes excluded. */
function* readRows(text: string, delimiter: string): Steps<RawCell[][]> {
  const rows: RawCell[][] = [];
  let row: RawCell[] = [];
  let at = text.codePointAt(0) === 0xfeff ? 1 : 0;
  while (at <= text.length) {
    const cell = readCell(text, at, delimiter);
    row.push(cell.value);
    at = cell.next + 1;
    const stop = text[cell.next];
    if (stop === delimiter) continue;
    if (stop === '\r' && text[at] === '\n') at += 1;
    if (row.some((value) => value.text !== '')) rows.push(row);
    row = [];
    yield;
  }
  return rows;
}

function readCell(text: string, from: number, delimiter: string): { value: RawCell; next: number } {
  if (text[from] === '"') {
    let end = from + 1;
    while (end < text.length) {
      if (text[end] !== '"') end += 1;
      else if (text[end + 1] === '"') end += 2;
      else break;
    }
    let next = Math.min(end + 1, text.length);
    while (next < text.length && text[next] !== delimiter && text[next] !== '\n' && text[next] !== '\r')
      next += 1;
    return { value: trimmed(text, from + 1, Math.min(end, text.length)), next };
  }
  let end = from;
  while (end < text.length && text[end] !== delimiter && text[end] !== '\n' && text[end] !== '\r') end += 1;
  return { value: trimmed(text, from, end), next: end };
}

const untidySpace = /\s\s|[^\S ]/u;

function trimmed(text: string, from: number, to: number): RawCell {
  let start = from;
  let end = to;
  while (start < end && /\s/u.test(text[start] ?? '')) start += 1;
  while (end > start && /\s/u.test(text[end - 1] ?? '')) end -= 1;
  const raw = text.slice(start, end);
  // Most cells need no cleaning, and looking is cheaper than replacing.
  const unquoted = raw.includes('""') ? raw.replaceAll('""', '"') : raw;
  return { start, end, text: untidySpace.test(unquoted) ? unquoted.replaceAll(/\s+/gu, ' ') : unquoted };
}

/** A first row is a header when no cell is empty, long or a number, and some later cell differs in that. */
function isHeader(rows: readonly RawCell[][]): boolean {
  const [first, second] = rows;
  if (first === undefined || second === undefined) return false;
  return first.every((cell) => cell.text.length < 40 && !/^[\d.,\s€$£%-]*$/u.test(cell.text));
}

/** Blocks of a CSV document: one row each, its cells named by the header row. */
export function* readCsvBlocks(text: string): Steps<DocumentBlock[]> {
  const rows = yield* readRows(text, detectDelimiter(text));
  const header = isHeader(rows) ? rows[0] : undefined;
  const body = header === undefined ? rows : rows.slice(1);
  const headerSpan = header === undefined ? undefined : spanOf(text, header);
  return body.map((row) => {
    const cells: Cell[] = row.map((cell, index) => ({ ...cell, header: header?.[index]?.text ?? '' }));
    return {
      kind: 'row',
      table: 0,
      cells,
      span: spanOf(text, row),
      ...(headerSpan === undefined
        ? {}
        : { header: { ...headerSpan, text: text.slice(headerSpan.start, headerSpan.end) } }),
    } satisfies DocumentBlock;
  });
}

function spanOf(text: string, row: readonly RawCell[]): Span {
  let start = row[0]?.start ?? 0;
  let end = row.at(-1)?.end ?? start;
  if (text[start - 1] === '"') start -= 1;
  if (text[end] === '"') end += 1;
  return { start, end };
}
