/** A longer line is none of ours, and not kept. */
export const lineCharsMax = 4_096;

/** Cuts a stream of text into lines. The end of a line may come much later than its beginning; a line without an end is never handed on. */
export class LineSplitter {
  #rest = '';
  #isTooLong = false;
  readonly #onLine: (line: string) => void;

  constructor(onLine: (line: string) => void) {
    this.#onLine = onLine;
  }

  push(chunk: string): void {
    let start = 0;
    for (let end = chunk.indexOf('\n'); end !== -1; end = chunk.indexOf('\n', start)) {
      this.#keep(chunk.slice(start, end));
      const line = this.#rest;
      const isWhole = !this.#isTooLong;
      this.#rest = '';
      this.#isTooLong = false;
      if (isWhole) this.#onLine(line);
      start = end + 1;
    }
    this.#keep(chunk.slice(start));
  }

  #keep(piece: string): void {
    if (this.#isTooLong) return;
    if (this.#rest.length + piece.length > lineCharsMax) {
      this.#rest = '';
      this.#isTooLong = true;
    } else {
      this.#rest += piece;
    }
  }
}
