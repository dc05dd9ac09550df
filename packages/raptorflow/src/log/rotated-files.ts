import { createReadStream, createWriteStream, readdirSync, rmSync, statSync } from 'node:fs';
import { open, rename, rm, utimes } from 'node:fs/promises';
import { basename, dirname, join } from 'node:path';
import { pipeline } from 'node:stream/promises';
import { createGzip } from 'node:zlib';

/** A file that was the log until it was full or old: `raptor.log.7`, and `raptor.log.7.gz` once it is compressed. */
export interface RotatedFile {
  /** One more than that of any file there was at the rotation. */
  readonly number: number;
  readonly path: string;
  readonly compressed: boolean;
}

const unfinished = '.partial';
const dayMs = 86_400_000;

/** The rotated files of a log, the newest first. Where a process was killed between compressing and removing, the compressed one counts. */
export function listRotated(file: string): RotatedFile[] {
  const found = new Map<number, RotatedFile>();
  for (const name of namesBeside(file)) {
    const match = /^\.(\d{1,12})(\.gz)?$/.exec(name.slice(basename(file).length));
    if (!match) continue;
    const number = Number(match[1]);
    const compressed = match[2] !== undefined;
    if (compressed || !found.has(number)) {
      found.set(number, { number, path: join(dirname(file), name), compressed });
    }
  }
  return [...found.values()].sort((a, b) => b.number - a.number);
}

function namesBeside(file: string): string[] {
  try {
    return readdirSync(dirname(file)).filter((name) => name.startsWith(`${basename(file)}.`));
  } catch {
    return [];
  }
}

/** How many rotated files there may be, and how old. */
export interface Retention {
  readonly keepFiles: number;
  readonly maxAgeDays: number | null;
}

/**
 * Compresses and removes rotated files, one at a time and beside the program. Every step can be cut off by the end of the process: a
 * compressed file has its name only once it is whole and on the disk, and only then is the plain one removed. `tidy` goes on from wherever
 * the last process stopped.
 */
export class RotatedFiles {
  readonly #onTrouble: (error: unknown) => void;
  readonly #stopping: AbortController = new AbortController();
  #running: Promise<void> | undefined;
  #again: { readonly file: string; readonly retention: Retention; readonly now: number } | undefined;

  /** `onTrouble` is told when a file can be neither compressed nor removed; it is tried again with the next rotation. */
  constructor(onTrouble: (error: unknown) => void) {
    this.#onTrouble = onTrouble;
  }

  /** Begins, or goes once more over the files when it is at work. */
  tidy(file: string, retention: Retention, now: number): void {
    this.#again = { file, retention, now };
    this.#running ??= this.#run().finally(() => {
      this.#running = undefined;
    });
  }

  /** Resolves when nothing is left to do. */
  async settled(): Promise<void> {
    await this.#running;
  }

  /** Leaves what is not compressed yet for the next start. */
  async stop(): Promise<void> {
    this.#stopping.abort();
    await this.#running;
  }

  async #run(): Promise<void> {
    // The file being compressed is given up at the abort, and so are the ones after it.
    while (this.#again && !this.#stopping.signal.aborted) {
      const { file, retention, now } = this.#again;
      this.#again = undefined;
      try {
        await removeLeftovers(file);
        await removeOld(file, retention, now);
        for (const rotated of listRotated(file).reverse()) {
          if (!rotated.compressed) await compress(rotated.path, this.#stopping.signal);
          if (this.#again) break;
        }
      } catch (error) {
        if (!this.#stopping.signal.aborted) this.#onTrouble(error);
      }
    }
  }
}

/** Removes what is beyond the number at once, for programs that rotate faster than files are compressed. */
export function removeBeyond(file: string, keepFiles: number): void {
  for (const { path } of listRotated(file).slice(keepFiles)) rmSync(path, { force: true });
}

async function removeLeftovers(file: string): Promise<void> {
  const folder = dirname(file);
  for (const { path, compressed } of listRotated(file)) {
    // Its compressed form is whole, so this one is left from before.
    if (compressed) await rm(path.slice(0, -'.gz'.length), { force: true });
  }
  for (const name of namesBeside(file)) {
    if (name.endsWith(unfinished)) await rm(join(folder, name), { force: true });
  }
}

async function removeOld(file: string, retention: Retention, now: number): Promise<void> {
  const { keepFiles, maxAgeDays } = retention;
  for (const [at, { path }] of listRotated(file).entries()) {
    const age = maxAgeDays === null ? 0 : now - (statSync(path, { throwIfNoEntry: false })?.mtimeMs ?? now);
    if (at >= keepFiles || age > (maxAgeDays ?? 0) * dayMs) await rm(path, { force: true });
  }
}

async function compress(path: string, signal: AbortSignal): Promise<void> {
  const partial = `${path}.gz${unfinished}`;
  const plain = statSync(path, { throwIfNoEntry: false });
  if (!plain) return;
  try {
    await pipeline(createReadStream(path), createGzip(), createWriteStream(partial), { signal });
    const written = await open(partial, 'r+');
    try {
      await written.sync();
    } finally {
      await written.close();
    }
    // Its age is that of its last line.
    await utimes(partial, plain.atime, plain.mtime);
    await rename(partial, `${path}.gz`);
  } catch (error) {
    await rm(partial, { force: true });
    throw error;
  }
  await rm(path, { force: true });
}
