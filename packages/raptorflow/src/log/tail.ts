import { closeSync, createReadStream, fstatSync, openSync, read } from 'node:fs';
import { promisify } from 'node:util';
import { createGunzip } from 'node:zlib';
import { z } from 'zod';
import { listIssues, RaptorFlowError } from '../kernel/index.ts';
import { listRotated, type RotatedFile } from './rotated-files.ts';

/** How much of a log's end is wanted. A character is a Unicode code point. */
export type TailQuery = { readonly characters: number } | { readonly lines: number };

/** The most that can be asked for, of characters and of lines. */
export const tailMax = 50_000;
/** Longer lines make fewer of them: no answer reads more of the log than this. */
const tailBytesMax = 16 << 20;

const blockBytes = 65_536;
/** A code point has at most so many bytes in UTF-8. */
const characterBytesMax = 4;
const newline = 10;
const readAt = promisify(read);

const amount = z.int().min(1).max(tailMax);
const querySchema = z.union([z.strictObject({ characters: amount }), z.strictObject({ lines: amount })]);

/** Throws `invalid_input` for anything but `{ characters }` or `{ lines }` from 1 to 50,000. */
export function checkTailQuery(query: TailQuery): TailQuery {
  const result = querySchema.safeParse(query);
  if (result.success) return result.data;
  throw new RaptorFlowError(
    'invalid_input',
    `The end of a log is asked for with { characters } or { lines }, a whole number from 1 to ${tailMax}.`,
    { details: { issues: listIssues(result.error) } },
  );
}

/**
 * The end of a log that any process writes: `''` when there is none, and less than asked for when there is no more. Reads only the end of the file;
 * goes on in rotated files, the newest first, when the file is shorter than what is asked for.
 *
 * Rejects with `invalid_input`, and with `unavailable` when the file is there and cannot be read.
 */
export async function tailFile(file: string, query: TailQuery): Promise<string> {
  const checked = checkTailQuery(query);
  return tailOf(snapshotOf(file), checked);
}

/** The log as it is at one moment: what is written or rotated later changes nothing. */
export interface TailSnapshot {
  readonly file: string;
  /** Undefined when there is no file. Whoever made the snapshot closes it. */
  readonly descriptor: number | undefined;
  /** Where the file ends. */
  readonly size: number;
  readonly rotated: readonly RotatedFile[];
}

/** Holds on to the end of the log before it returns. Throws `unavailable` when the file is there and cannot be opened. */
export function snapshotOf(file: string): TailSnapshot {
  let rotated = listRotated(file);
  for (;;) {
    const descriptor = openIfThere(file);
    const listedAgain = listRotated(file);
    // Another process may rotate between the two; then lines would be missing, or come twice.
    if (rotated[0]?.number === listedAgain[0]?.number) {
      return { file, descriptor, size: descriptor === undefined ? 0 : fstatSync(descriptor).size, rotated };
    }
    if (descriptor !== undefined) closeSync(descriptor);
    rotated = listedAgain;
  }
}

/** A descriptor to read from; undefined when there is no such file. Throws `unavailable`. */
export function openIfThere(file: string): number | undefined {
  try {
    return openSync(file, 'r');
  } catch (error) {
    if (isMissing(error)) return undefined;
    throw unreadable(file, error);
  }
}

/** Reads the end of a snapshot and closes it. */
export async function tailOf(snapshot: TailSnapshot, query: TailQuery): Promise<string> {
  try {
    return await readTail(snapshot, query);
  } finally {
    if (snapshot.descriptor !== undefined) closeSync(snapshot.descriptor);
  }
}

/** Reads the end of a snapshot. Rejects with `unavailable`. */
export async function readTail(snapshot: TailSnapshot, query: TailQuery): Promise<string> {
  const { file, descriptor, size, rotated } = snapshot;
  const ending = new Ending(query);
  try {
    if (descriptor !== undefined) await prependEnd(ending, descriptor, size);
  } catch (error) {
    throw unreadable(file, error);
  }
  for (const older of rotated) {
    if (ending.isEnough) break;
    // Where a file of the past is damaged or gone, the story begins after it.
    if (!(await prependRotated(ending, older))) break;
  }
  return ending.text();
}

/** The bytes of a log from somewhere to its end, which grow to the front until they hold what is asked for. */
class Ending {
  readonly #query: TailQuery;
  readonly #blocks: Buffer[] = [];
  #bytes = 0;
  #newlines = 0;

  constructor(query: TailQuery) {
    this.#query = query;
  }

  get isEnough(): boolean {
    if (this.#bytes >= this.bytesMax) return true;
    // One more than lines: only behind a further end of a line does a line begin that is whole.
    return 'lines' in this.#query && this.#newlines > this.#query.lines;
  }

  /** With so many bytes there is enough in any case. */
  get bytesMax(): number {
    // Of the first character three bytes may be missing.
    return 'characters' in this.#query
      ? this.#query.characters * characterBytesMax + characterBytesMax - 1
      : tailBytesMax;
  }

  get room(): number {
    return this.bytesMax - this.#bytes;
  }

  prepend(block: Buffer): void {
    this.#blocks.unshift(block);
    this.#bytes += block.length;
    if ('characters' in this.#query) return;
    for (let at = block.indexOf(newline); at !== -1; at = block.indexOf(newline, at + 1)) this.#newlines += 1;
  }

  text(): string {
    const bytes = Buffer.concat(this.#blocks);
    // A character whose last bytes are not written yet is left out, and one whose first bytes were not read.
    const text = bytes.subarray(startOf(bytes), endOf(bytes)).toString('utf8');
    if ('characters' in this.#query) return lastCharacters(text, this.#query.characters);
    // Where lines are so long that they are not all read, the first one is not whole.
    const whole = this.#bytes < tailBytesMax || this.#newlines > this.#query.lines;
    return lastLines(whole ? text : text.slice(text.indexOf('\n') + 1), this.#query.lines);
  }
}

async function prependEnd(ending: Ending, descriptor: number, size: number): Promise<void> {
  let end = size;
  while (end > 0 && !ending.isEnough) {
    const length = Math.min(blockBytes, end, ending.room);
    const block = Buffer.alloc(length);
    const { bytesRead } = await readAt(descriptor, block, 0, length, end - length);
    // The file was emptied meanwhile.
    if (bytesRead < length) return;
    ending.prepend(block);
    end -= length;
  }
}

async function prependRotated(ending: Ending, rotated: RotatedFile): Promise<boolean> {
  try {
    if (rotated.compressed) await prependCompressed(ending, rotated.path);
    else await prependPlain(ending, rotated.path);
    return true;
  } catch (error) {
    if (rotated.compressed || !isMissing(error)) return false;
  }
  try {
    // It was compressed meanwhile.
    await prependCompressed(ending, `${rotated.path}.gz`);
    return true;
  } catch {
    return false;
  }
}

async function prependPlain(ending: Ending, path: string): Promise<void> {
  const descriptor = openSync(path, 'r');
  try {
    await prependEnd(ending, descriptor, fstatSync(descriptor).size);
  } finally {
    closeSync(descriptor);
  }
}

// What is compressed can only be read from its beginning; of that no more is kept than may be needed.
async function prependCompressed(ending: Ending, path: string): Promise<void> {
  const kept: Buffer[] = [];
  let bytes = 0;
  const { room } = ending;
  const source = createReadStream(path);
  const plain = createGunzip();
  source.on('error', (error) => plain.destroy(error));
  for await (const chunk of source.pipe(plain)) {
    const block = chunk as Buffer;
    kept.push(block);
    bytes += block.length;
    while (kept[0] && bytes - kept[0].length >= room) bytes -= kept.shift()?.length ?? 0;
  }
  for (const block of kept.reverse()) {
    if (ending.isEnough) return;
    ending.prepend(block.subarray(Math.max(0, block.length - ending.room)));
  }
}

function startOf(bytes: Buffer): number {
  let start = 0;
  while (start < characterBytesMax - 1 && ((bytes[start] ?? 0) & 0xc0) === 0x80) start += 1;
  return start;
}

function endOf(bytes: Buffer): number {
  for (let back = 1; back < characterBytesMax && back <= bytes.length; back += 1) {
    const byte = bytes[bytes.length - back] ?? 0;
    if ((byte & 0xc0) === 0x80) continue;
    const wanted = byte >= 0xf0 ? 4 : byte >= 0xe0 ? 3 : byte >= 0xc0 ? 2 : 1;
    return wanted > back ? bytes.length - back : bytes.length;
  }
  return bytes.length;
}

function lastCharacters(text: string, characters: number): string {
  let start = text.length;
  for (let count = 0; count < characters && start > 0; count += 1) {
    start -= 1;
    const low = text.charCodeAt(start);
    const high = start > 0 ? text.charCodeAt(start - 1) : 0;
    if (low >= 0xdc00 && low <= 0xdfff && high >= 0xd800 && high <= 0xdbff) start -= 1;
  }
  return text.slice(start);
}

// Lines with their ends; the last one may have none yet.
function lastLines(text: string, lines: number): string {
  let start = text.endsWith('\n') ? text.length - 1 : text.length;
  for (let count = 0; count < lines; count += 1) {
    start = start === 0 ? -1 : text.lastIndexOf('\n', start - 1);
    if (start === -1) return text;
  }
  return text.slice(start + 1);
}

function isMissing(error: unknown): boolean {
  const code = (error as NodeJS.ErrnoException).code;
  return code === 'ENOENT' || code === 'ENOTDIR';
}

function unreadable(file: string, error: unknown): RaptorFlowError {
  const reason = error instanceof Error ? error.message : String(error);
  return new RaptorFlowError('unavailable', `The log ${file} cannot be read: ${reason}.`, { cause: error });
}
