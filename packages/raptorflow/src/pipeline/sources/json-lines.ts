import { z } from 'zod';
import { parseOptions } from '../../kernel/index.ts';
import type { OpenBytes, Source } from '../source.ts';
import { badReading, bytesOf } from './bytes.ts';
import { parseJson, tooLarge } from './json.ts';

/** How lines are read. */
export interface JsonLinesSourceOptions {
  /** A longer line is a bad item. Default 16 MiB. */
  readonly lineBytesMax?: number;
  /** Of the source. Default: the file's path. */
  readonly name?: string;
}

const optionsSchema = z.strictObject({
  lineBytesMax: z
    .int()
    .positive()
    .default(16 * 1024 * 1024),
  name: z.string().optional(),
});

const lineEnd = 0x0a;

/** One item a line (jsonlines.org). Empty lines are passed over; a line that is no JSON is a bad item with its number. Throws `invalid_options`. */
export function jsonLinesSource<In = unknown>(
  from: string | OpenBytes,
  options: JsonLinesSourceOptions = {},
): Source<In> {
  const { lineBytesMax, name } = parseOptions('jsonLinesSource', optionsSchema, options);
  const bytes = bytesOf(from);
  return {
    name: name ?? bytes.name,
    async *read(signal) {
      let position = { line: 0, offset: 0 };
      for await (const { line, length } of linesOf(bytes.open(signal), lineBytesMax)) {
        position = { line: position.line + 1, offset: position.offset };
        const text = position.line === 1 ? withoutMark(line) : line;
        if (length > lineBytesMax) yield badReading<In>(line, position, tooLarge(lineBytesMax));
        else if (!isBlank(text)) yield parseJson<In>(text, position);
        position = { line: position.line, offset: position.offset + length + 1 };
      }
    },
  };
}

interface Line {
  /** Of a line that is too long, the beginning. */
  readonly line: Uint8Array;
  readonly length: number;
}

async function* linesOf(chunks: AsyncIterable<Uint8Array>, bytesMax: number): AsyncGenerator<Line> {
  let parts: Uint8Array[] = [];
  let length = 0;
  const keep = (piece: Uint8Array): void => {
    // Copied, because a chunk may be reused by whoever gave it.
    if (length <= bytesMax) parts.push(Uint8Array.prototype.slice.call(piece));
    length += piece.length;
  };
  const take = (): Line => {
    const line = { line: Buffer.concat(parts), length };
    [parts, length] = [[], 0];
    return line;
  };
  for await (const chunk of chunks) {
    let from = 0;
    for (let end = chunk.indexOf(lineEnd); end >= 0; end = chunk.indexOf(lineEnd, from)) {
      keep(chunk.subarray(from, end));
      yield take();
      from = end + 1;
    }
    if (from < chunk.length) keep(chunk.subarray(from));
  }
  if (length > 0) yield take();
}

/** Without the byte order mark that some editors put first. */
function withoutMark(line: Uint8Array): Uint8Array {
  return line[0] === 0xef && line[1] === 0xbb && line[2] === 0xbf ? line.subarray(3) : line;
}

function isBlank(line: Uint8Array): boolean {
  return line.every((byte) => byte === 0x20 || byte === 0x0d || byte === 0x09);
}
