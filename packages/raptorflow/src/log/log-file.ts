import {
  closeSync,
  ftruncateSync,
  renameSync,
  statSync,
  write as writeWithCallback,
  writeSync,
} from 'node:fs';
import type { Clock } from '../kernel/index.ts';
import { leaveFile, openForWriting, type OpenFile } from './open-file.ts';
import type { ResolvedRaptorLogOptions } from './options.ts';
import { listRotated, removeBeyond, RotatedFiles } from './rotated-files.ts';

/*
 * The file on the disk. It is in one of these states:
 *
 * - `closed`: not opened yet, or closed for good. What is written is diverted.
 * - `open`: bytes go to `position`, which only this process moves.
 * - `away`: it could not be written. What is written is diverted until `retryAt`; then it is tried again.
 *
 * Bytes are written at positions, not appended. So a write that is under way in another thread can be repeated here and now, when the process
 * is about to end or the buffer is full: the same bytes at the same place, whoever comes last.
 */

interface Away {
  readonly kind: 'away';
  readonly since: number;
  readonly error: unknown;
  lines: number;
  retryAt: number;
  retryMs: number;
}

type State = { readonly kind: 'closed' } | OpenFile | Away;

/** What the file tells its owner. */
export interface LogFileHost {
  readonly clock: Clock;
  /** Lines that could not be written; the bytes are whole lines. */
  divert(bytes: Uint8Array, lines: number): void;
  /** The file became unwritable. Told once, until it is written again. */
  onAway(error: unknown): void;
  /** The first bytes after that, such as a line that says what is missing; at most one line. */
  describeGap(lines: number, since: number, error: unknown): Uint8Array;
  /** Something went wrong beside the writing. */
  onTrouble(error: unknown): void;
}

const mebibyte = 1 << 20;
const dayMs = 86_400_000;
/** After a failure the file is tried again after this long, then after twice as long, and so on. */
const retryMsMin = 1_000;
/** The longest time between two tries. */
const retryMsMax = 30_000;
const newline = 10;

/** Bytes that are being written. `rest` is what is not known to be in the file. */
interface Job {
  rest: Buffer;
  readonly done: () => void;
}

/** Writes bytes of whole lines in order, rotates, and keeps trying when it cannot. */
export class LogFile {
  readonly #host: LogFileHost;
  readonly #rotated: RotatedFiles;
  #options: ResolvedRaptorLogOptions;
  #state: State = { kind: 'closed' };
  #job: Job | undefined;
  /** When the file was last written again after it had been away, and how long it had waited between tries. */
  #returned: { readonly at: number; readonly retryMs: number } | undefined;
  #bytesWritten = 0;
  #rotations = 0;

  constructor(options: ResolvedRaptorLogOptions, host: LogFileHost) {
    this.#options = options;
    this.#host = host;
    this.#rotated = new RotatedFiles((error) => host.onTrouble(error));
  }

  get bytesWritten(): number {
    return this.#bytesWritten;
  }

  get rotations(): number {
    return this.#rotations;
  }

  /** Whether a write is under way. */
  get isBusy(): boolean {
    return this.#job !== undefined;
  }

  /** Whether lines go to the file at present. */
  get isOpen(): boolean {
    return this.#state.kind === 'open';
  }

  /** Opens the file, and finishes what a process before left half done. Does not throw: a file that cannot be opened is away. */
  open(): void {
    try {
      this.#state = this.#openNow();
    } catch (error) {
      this.#goAway(error);
    }
    this.#tidy();
  }

  /** Goes over to other options; another file is written from now on. Only while no write is under way. */
  configure(options: ResolvedRaptorLogOptions): void {
    const moved = options.file !== this.#options.file;
    this.#options = options;
    if (this.#state.kind === 'closed') return;
    if (moved) {
      this.#leave();
      this.open();
    } else this.#tidy();
  }

  /** Resolves when the bytes are in the file or diverted. Only one at a time. Never rejects. */
  write(bytes: Buffer): Promise<void> {
    return new Promise((resolve) => {
      const job: Job = { rest: bytes, done: resolve };
      this.#job = job;
      this.#step(job);
    });
  }

  /** Writes what is under way and then these bytes, before it returns. */
  writeSync(bytes: Buffer): void {
    const job = this.#job;
    this.#job = undefined;
    let rest = job ? Buffer.concat([job.rest, bytes]) : bytes;
    while (rest.length > 0) {
      const open = this.#ready(rest);
      if (!open) {
        this.#divert(rest);
        break;
      }
      const part = this.#partOf(rest, open.position);
      const progress = { written: 0 };
      try {
        while (progress.written < part.length) {
          const { length } = part;
          const { written } = progress;
          progress.written += writeSync(
            open.descriptor,
            part,
            written,
            length - written,
            open.position + written,
          );
        }
        this.#advance(open, part.length);
      } catch (error) {
        rest = rest.subarray(this.#fail(open, part, progress.written, error));
        continue;
      }
      rest = rest.subarray(part.length);
    }
    job?.done();
  }

  /** Resolves when no rotated file waits for being compressed. */
  settled(): Promise<void> {
    return this.#rotated.settled();
  }

  /** Closes the file; compressing is given up after the deadline, for the next start to finish. */
  async close(deadlineMs: number): Promise<void> {
    this.#leave();
    this.#state = { kind: 'closed' };
    const deadline = this.#host.clock.setTimeout(() => void this.#rotated.stop(), deadlineMs);
    await this.#rotated.settled();
    deadline.cancel();
  }

  // The next part of a job; calls itself until nothing is left, or until the job was taken over by `writeSync`.
  #step(job: Job): void {
    const open = job.rest.length === 0 ? undefined : this.#ready(job.rest);
    if (!open) {
      if (job.rest.length > 0) this.#divert(job.rest);
      this.#job = undefined;
      job.done();
      return;
    }
    const part = this.#partOf(job.rest, open.position);
    this.#send(job, open, part, 0);
  }

  #send(job: Job, open: OpenFile, part: Buffer, written: number): void {
    open.busy += 1;
    const [length, position] = [part.length - written, open.position + written];
    writeWithCallback(open.descriptor, part, written, length, position, (error, count) => {
      open.busy -= 1;
      if (open.left && open.busy === 0) closeSync(open.descriptor);
      if (this.#job !== job) return;
      if (error) {
        job.rest = job.rest.subarray(this.#fail(open, part, written, error));
        this.#step(job);
      } else if (written + count < part.length) this.#send(job, open, part, written + count);
      else {
        this.#advance(open, part.length);
        job.rest = job.rest.subarray(part.length);
        this.#step(job);
      }
    });
  }

  #advance(open: OpenFile, bytes: number): void {
    open.position += bytes;
    this.#bytesWritten += bytes;
  }

  // As many whole lines as fit into the file, and at least one.
  #partOf(bytes: Buffer, position: number): Buffer {
    const room = this.#options.maxSizeMb * mebibyte - position;
    if (bytes.length <= room) return bytes;
    const end = room <= 0 ? -1 : bytes.lastIndexOf(newline, room - 1);
    return bytes.subarray(0, (end === -1 ? bytes.indexOf(newline) : end) + 1);
  }

  // The file with room for the first of these lines, or undefined when it is away.
  #ready(bytes: Buffer): OpenFile | undefined {
    const state = this.#state;
    try {
      switch (state.kind) {
        case 'closed':
          return undefined;
        case 'away':
          return this.#host.clock.monotonic() < state.retryAt ? undefined : this.#returnFrom(state);
        case 'open': {
          const open = this.#follow(state);
          return this.#isDue(open, bytes) ? this.#rotate() : open;
        }
      }
    } catch (error) {
      this.#goAway(error);
      return undefined;
    }
  }

  #returnFrom(away: Away): OpenFile {
    const open = this.#openNow();
    const gap = this.#host.describeGap(away.lines, away.since, away.error);
    try {
      const written = writeSync(open.descriptor, gap, 0, gap.length, open.position);
      if (written < gap.length) ftruncateSync(open.descriptor, open.position);
      else this.#advance(open, written);
    } catch (error) {
      try {
        ftruncateSync(open.descriptor, open.position);
      } catch {
        // A cut line at the end is better than none.
      }
      closeSync(open.descriptor);
      throw error;
    }
    this.#state = open;
    this.#returned = { at: this.#host.clock.monotonic(), retryMs: away.retryMs };
    return open;
  }

  // Others may have removed, moved or emptied the file, or written to it.
  #follow(open: OpenFile): OpenFile {
    // What another thread has in hand may be in the file already.
    if (open.busy > 0) return open;
    const found = statSync(this.#options.file, { throwIfNoEntry: false });
    if (found && `${found.dev}:${found.ino}` === open.identity) {
      open.position = found.size;
      return open;
    }
    this.#leave();
    const next = this.#openNow();
    this.#state = next;
    return next;
  }

  #isDue(open: OpenFile, bytes: Buffer): boolean {
    if (open.position === 0) return false;
    const { maxSizeMb, maxAgeDays } = this.#options;
    const firstLine = bytes.indexOf(newline) + 1;
    if (open.position + firstLine > maxSizeMb * mebibyte) return true;
    // What another thread has in hand belongs to the file that it was meant for.
    if (maxAgeDays === null || open.busy > 0) return false;
    return this.#host.clock.now() - open.since >= maxAgeDays * dayMs;
  }

  #rotate(): OpenFile {
    const { file, keepFiles } = this.#options;
    const number = (listRotated(file)[0]?.number ?? 0) + 1;
    renameSync(file, `${file}.${number}`);
    this.#leave();
    const next = this.#openNow();
    this.#state = next;
    this.#rotations += 1;
    // Room is made beside the program, unless that cannot keep up.
    if (listRotated(file).length > keepFiles + 1) removeBeyond(file, keepFiles);
    this.#tidy();
    return next;
  }

  #tidy(): void {
    this.#rotated.tidy(this.#options.file, this.#options, this.#host.clock.now());
  }

  #openNow(): OpenFile {
    return openForWriting(this.#options.file, this.#host.clock);
  }

  #leave(): void {
    if (this.#state.kind === 'open') leaveFile(this.#state);
  }

  // What was written of the part ends with a whole line; answers how many bytes of it that are.
  #fail(open: OpenFile, part: Buffer, written: number, error: unknown): number {
    const kept = written === 0 ? 0 : part.lastIndexOf(newline, written - 1) + 1;
    try {
      ftruncateSync(open.descriptor, open.position + kept);
    } catch {
      // The next process to open it ends the line.
    }
    this.#advance(open, kept);
    this.#leave();
    this.#goAway(error);
    return kept;
  }

  #goAway(error: unknown): void {
    const state = this.#state;
    const now = this.#host.clock.monotonic();
    if (state.kind === 'away') {
      state.retryMs = Math.min(state.retryMs * 2, retryMsMax);
      state.retryAt = now + state.retryMs;
      return;
    }
    this.#leave();
    const since = this.#host.clock.now();
    // Room for a single line is no end of a full disk: that is still the same trouble, told of before.
    const again = this.#returned && now - this.#returned.at < retryMsMax ? this.#returned.retryMs : undefined;
    const retryMs = again === undefined ? retryMsMin : Math.min(again * 2, retryMsMax);
    this.#state = { kind: 'away', since, error, lines: 0, retryAt: now + retryMs, retryMs };
    if (again === undefined) this.#host.onAway(error);
  }

  #divert(bytes: Buffer): void {
    let lines = 0;
    for (let at = bytes.indexOf(newline); at !== -1; at = bytes.indexOf(newline, at + 1)) lines += 1;
    if (this.#state.kind === 'away') this.#state.lines += lines;
    this.#host.divert(bytes, lines);
  }
}
