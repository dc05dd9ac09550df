import { closeSync, openSync, readSync, readvSync } from 'node:fs';

/** Larger kernel files are cut at this, which is room for 700 cores, disks or interfaces. The buffer is a part of what the monitor holds in RAM. */
export const procBytesMax: number = 64 * 1024;

/**
 * The kernel hands lists out in pieces of a page at most, cut between two entries; a piece that leaves half of a page empty is therefore the last one.
 * Asking once less saves a fifth of the cost of a short file.
 */
const lastPieceBytesMax = 2_048;

/** A kernel file that stays open: reading it again from the start gives the present figures without looking its name up. */
export class HeldFile {
  readonly #path: string;
  readonly #isOnePiece: boolean;
  readonly #first: Uint8Array[] = [];
  #descriptor: number | undefined;

  /** Files that are no list come in one piece, however long. */
  constructor(path: string, isOnePiece = false) {
    this.#path = path;
    this.#isOnePiece = isOnePiece;
  }

  /** Reads the file into the buffer and answers how many bytes; 0 when it cannot be read now. A file that appears later is found then. */
  readInto(bytes: Uint8Array): number {
    try {
      this.#descriptor ??= openSync(this.#path, 'r');
      // The first piece is mostly all there is. `readvSync` checks less than `readSync`, which allocates a kilobyte for it.
      this.#first[0] = bytes;
      let piece = readvSync(this.#descriptor, this.#first, 0);
      let length = piece;
      while (!this.#isOnePiece && piece >= lastPieceBytesMax && length < bytes.length) {
        piece = readSync(this.#descriptor, bytes, length, bytes.length - length, length);
        length += piece;
      }
      return length;
    } catch {
      this.close();
      return 0;
    }
  }

  close(): void {
    if (this.#descriptor === undefined) return;
    closeSync(this.#descriptor);
    this.#descriptor = undefined;
  }
}
