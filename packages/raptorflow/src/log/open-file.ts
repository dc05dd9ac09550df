import { closeSync, constants, fstatSync, mkdirSync, openSync, readSync, writeSync } from 'node:fs';
import { dirname } from 'node:path';
import type { Clock } from '../kernel/index.ts';
import { timeOfLine } from './line.ts';

/** A file that is open for lines. */
export interface OpenFile {
  readonly kind: 'open';
  readonly descriptor: number;
  /** Device and number of the file, by which it is known under any name. */
  readonly identity: string;
  /** Where the next bytes go. */
  position: number;
  /** When its first line was written, epoch milliseconds. */
  readonly since: number;
  /** Writes that other threads still have in hand; the descriptor is closed after the last of them. */
  busy: number;
  left: boolean;
}

const newline = 10;
/** As many as `2025-01-15 14:30:12,547 ` has. */
const stampBytes = 24;

/** Opens a file where it ends, and makes it and its folder if need be. Throws what the system says. */
export function openForWriting(file: string, clock: Clock): OpenFile {
  mkdirSync(dirname(file), { recursive: true });
  // Neither emptied nor appended to.
  const descriptor = openSync(file, constants.O_RDWR | constants.O_CREAT, 0o640);
  try {
    const { size, dev, ino } = fstatSync(descriptor);
    const since = size === 0 ? clock.now() : firstTime(descriptor, clock);
    const position = size === 0 ? 0 : endCutLine(descriptor, size);
    return { kind: 'open', descriptor, identity: `${dev}:${ino}`, position, since, busy: 0, left: false };
  } catch (error) {
    closeSync(descriptor);
    throw error;
  }
}

/** Gives a file up; it is closed now or after the last write that another thread has in hand. */
export function leaveFile(open: OpenFile): void {
  if (open.left) return;
  open.left = true;
  if (open.busy === 0) closeSync(open.descriptor);
}

function firstTime(descriptor: number, clock: Clock): number {
  const head = Buffer.alloc(stampBytes);
  readSync(descriptor, head, 0, stampBytes, 0);
  return timeOfLine(head.toString('latin1')) ?? clock.now();
}

// A process that was killed, or a disk that was full, may have cut the last line.
function endCutLine(descriptor: number, size: number): number {
  const last = Buffer.alloc(1);
  readSync(descriptor, last, 0, 1, size - 1);
  if (last[0] === newline) return size;
  writeSync(descriptor, '\n', size);
  return size + 1;
}
