import { closeSync, createReadStream, fstatSync, read, statSync, watch } from 'node:fs';
import { basename, dirname } from 'node:path';
import { promisify } from 'node:util';
import { createGunzip } from 'node:zlib';
import { RaptorFlowError } from '../kernel/index.ts';
import { LineFilter, LineReader, type Followed, type FollowOptions } from './feed.ts';
import { checkFollowOptions } from './follow-options.ts';
import { listRotated, type RotatedFile } from './rotated-files.ts';
import { openIfThere, readTail, snapshotOf, type TailSnapshot } from './tail.ts';

const blockBytes = 65_536;
/** A line without an end is given out in pieces of this size. */
const lineBytesMax = 1 << 20;
const newline = 10;
const readAt = promisify(read);

/**
 * The lines that another process writes into a log from now on, also over rotation and when the file is only made later. The folder is watched, nothing
 * is asked for at intervals. A follower reads at its own pace, from the files; lines that were rotated away and removed before it came to them
 * make a notice, `dropped: null`.
 *
 * Throws `invalid_input`; the iteration fails with `not_found` without the folder and with `unavailable` when the file cannot be read.
 */
export function followFile(file: string, options: FollowOptions = {}): AsyncIterableIterator<Followed> {
  checkFollowOptions(options);
  return follow(file, options);
}

/** The file at which a follower is. */
interface Place {
  readonly descriptor: number;
  readonly identity: string;
  position: number;
  /** The newest rotated file when this one was opened; the next to come is this one. */
  readonly newestNumber: number;
}

async function* follow(file: string, options: FollowOptions): AsyncGenerator<Followed, void> {
  const lines = new LineReader();
  const filter = new LineFilter(options);
  for await (const text of textsOf(file, options)) {
    if (text === null) {
      yield { kind: 'notice', dropped: null };
      continue;
    }
    const line = lines.read(text);
    if (filter.wants(line)) yield line;
    if (options.signal?.aborted) return;
  }
}

// Lines as they stand in the file; null stands for lines that nobody can read any more.
async function* textsOf(file: string, options: FollowOptions): AsyncGenerator<string | null, void> {
  const changes = watchFolder(file, options.signal);
  let place: Place | undefined;
  try {
    const { last = 0 } = options;
    const snapshot = snapshotOf(file);
    place = await placeAt(snapshot);
    // Rotated files up to this one are read, or older than what is followed.
    let read = snapshot.rotated[0]?.number ?? 0;
    if (last > 0) yield* await lastLines({ ...snapshot, size: place?.position ?? 0 }, last);
    const splitter = new Splitter();
    while (!options.signal?.aborted) {
      if (place) yield* readOn(place, splitter);
      const found = statSync(file, { throwIfNoEntry: false });
      if (found && place?.identity === `${found.dev}:${found.ino}`) {
        if (found.size < place.position) {
          // It was emptied.
          place.position = 0;
          splitter.clear();
        } else if (found.size === place.position) await changes.more();
      } else if (found) {
        const before = place;
        if (before) {
          // What was written before it was rotated, and since it was last read.
          yield* readOn(before, splitter);
          yield* splitter.rest();
          place = undefined;
          closeSync(before.descriptor);
          read = before.newestNumber + 1;
        }
        const next = openPlace(file);
        if (!next) continue;
        place = next;
        yield* between(file, read, next.newestNumber);
      } else await changes.more();
    }
  } finally {
    changes.close();
    if (place) closeSync(place.descriptor);
  }
}

/** Cuts blocks of bytes into lines, however characters and lines lie across them. */
class Splitter {
  #carried: Buffer[] = [];
  #bytes = 0;

  *split(block: Buffer): Generator<string> {
    let start = 0;
    for (let end = block.indexOf(newline); end !== -1; end = block.indexOf(newline, start)) {
      this.#carried.push(block.subarray(start, end));
      yield this.#take();
      start = end + 1;
    }
    if (start === block.length) return;
    this.#carried.push(Buffer.from(block.subarray(start)));
    this.#bytes += block.length - start;
    if (this.#bytes >= lineBytesMax) yield this.#take();
  }

  /** What came after the last end of a line. */
  *rest(): Generator<string> {
    if (this.#bytes > 0) yield this.#take();
  }

  clear(): void {
    this.#carried = [];
    this.#bytes = 0;
  }

  #take(): string {
    const [first] = this.#carried;
    const text = (this.#carried.length === 1 && first ? first : Buffer.concat(this.#carried)).toString(
      'utf8',
    );
    this.clear();
    return text;
  }
}

async function* readOn(place: Place, splitter: Splitter): AsyncGenerator<string> {
  for (;;) {
    const block = Buffer.alloc(blockBytes);
    const { bytesRead } = await readAt(place.descriptor, block, 0, blockBytes, place.position);
    if (bytesRead === 0) return;
    place.position += bytesRead;
    yield* splitter.split(block.subarray(0, bytesRead));
  }
}

/** The lines of the files between the one that was read and the present one. */
async function* between(file: string, read: number, newest: number): AsyncGenerator<string | null> {
  const files = listRotated(file).filter(({ number }) => number > read && number <= newest);
  let expected = read + 1;
  for (const rotated of files.reverse()) {
    if (rotated.number > expected) yield null;
    expected = rotated.number + 1;
    const blocks = blocksOf(rotated);
    if (!blocks) {
      yield null;
      continue;
    }
    const splitter = new Splitter();
    for await (const block of blocks) yield* splitter.split(block);
    yield* splitter.rest();
  }
  if (expected <= newest) yield null;
}

// Undefined when it is not there any more. Its process may compress it at any time.
function blocksOf({ path, compressed }: RotatedFile): AsyncIterable<Buffer> | undefined {
  const plain = compressed ? undefined : openIfThere(path);
  if (plain !== undefined) return createReadStream(path, { fd: plain });
  const packed = openIfThere(compressed ? path : `${path}.gz`);
  if (packed === undefined) return undefined;
  const source = createReadStream(path, { fd: packed });
  const unpacked = createGunzip();
  source.on('error', (error) => unpacked.destroy(error));
  return source.pipe(unpacked);
}

async function lastLines(snapshot: TailSnapshot, lines: number): Promise<string[]> {
  const text = await readTail(snapshot, { lines });
  return text === '' ? [] : text.replace(/\n$/, '').split('\n');
}

// Following begins with a whole line: a line that is being written belongs to what follows.
async function placeAt(snapshot: TailSnapshot): Promise<Place | undefined> {
  const { descriptor, size, rotated } = snapshot;
  if (descriptor === undefined) return undefined;
  const { dev, ino } = fstatSync(descriptor);
  const identity = `${dev}:${ino}`;
  const length = Math.min(size, lineBytesMax);
  const block = Buffer.alloc(length);
  const { bytesRead } = await readAt(descriptor, block, 0, length, size - length);
  const end = block.subarray(0, bytesRead).lastIndexOf(newline);
  const position = end === -1 ? size - length : size - length + end + 1;
  return { descriptor, identity, position, newestNumber: rotated[0]?.number ?? 0 };
}

function openPlace(file: string): Place | undefined {
  const { descriptor, rotated } = snapshotOf(file);
  if (descriptor === undefined) return undefined;
  const { dev, ino } = fstatSync(descriptor);
  return { descriptor, identity: `${dev}:${ino}`, position: 0, newestNumber: rotated[0]?.number ?? 0 };
}

/** Tells of changes around a file. */
interface Changes {
  /** Resolves after a change that has not been told of, and when following ends. */
  more(): Promise<void>;
  close(): void;
}

function watchFolder(file: string, signal: AbortSignal | undefined): Changes {
  const folder = dirname(file);
  let changed = false;
  let failure: unknown;
  let wake: (() => void) | undefined;
  const tell = (): void => {
    changed = true;
    wake?.();
  };
  let watcher: ReturnType<typeof watch>;
  try {
    watcher = watch(folder, (_event, name) => {
      if (name === null || name === basename(file)) tell();
    });
  } catch (error) {
    throw new RaptorFlowError(
      'not_found',
      `The folder ${folder} cannot be watched; make it before its log is followed.`,
      { cause: error },
    );
  }
  watcher.on('error', (error) => {
    failure = error;
    tell();
  });
  signal?.addEventListener('abort', tell, { once: true });
  return {
    async more() {
      if (!changed && !signal?.aborted) {
        await new Promise<void>((resolve) => {
          wake = resolve;
        });
      }
      wake = undefined;
      changed = false;
      if (failure === undefined) return;
      throw new RaptorFlowError('unavailable', `The folder ${folder} cannot be watched any more.`, {
        cause: failure,
      });
    },
    close() {
      signal?.removeEventListener('abort', tell);
      watcher.close();
    },
  };
}
