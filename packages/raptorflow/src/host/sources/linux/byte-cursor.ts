const [newline, space, tab, digit0, digit9] = [10, 32, 9, 48, 57];

/**
 * Walks over the text of a kernel file in a buffer that is used again and again: no strings, nothing allocated.
 * Only whole lines are seen; what the buffer cut off is not.
 */
export class ByteCursor {
  readonly bytes: Uint8Array;
  position = 0;
  #end = 0;

  constructor(bytes: Uint8Array) {
    this.bytes = bytes;
  }

  /** Begins anew, on so many bytes. */
  begin(length: number): void {
    let end = length;
    while (end > 0 && this.bytes[end - 1] !== newline) end -= 1;
    this.position = 0;
    this.#end = end;
  }

  get isAtEnd(): boolean {
    return this.position >= this.#end;
  }

  /** Whether the text goes on with these bytes; if so, goes behind them. */
  takes(prefix: Uint8Array): boolean {
    if (this.position + prefix.length > this.#end) return false;
    for (let index = 0; index < prefix.length; index += 1) {
      if (this.bytes[this.position + index] !== prefix[index]) return false;
    }
    this.position += prefix.length;
    return true;
  }

  skipSpaces(): void {
    for (;;) {
      const byte = this.bytes[this.position];
      if (this.position >= this.#end || (byte !== space && byte !== tab)) return;
      this.position += 1;
    }
  }

  /** The whole number that comes next after spaces; -1 when something else does. */
  number(): number {
    this.skipSpaces();
    let value = -1;
    for (; this.position < this.#end; this.position += 1) {
      const byte = this.bytes[this.position] ?? 0;
      if (byte < digit0 || byte > digit9) break;
      value = (value === -1 ? 0 : value * 10) + (byte - digit0);
    }
    return value;
  }

  /** Goes behind so many words of the line. */
  skipWords(count: number): void {
    for (let word = 0; word < count; word += 1) {
      this.skipSpaces();
      while (this.position < this.#end) {
        const byte = this.bytes[this.position];
        if (byte === space || byte === tab || byte === newline) break;
        this.position += 1;
      }
    }
  }

  /** A number that tells the word that comes next, up to `stop`, from others: FNV-1a of its bytes, which are skipped. */
  wordHash(stop: number): number {
    this.skipSpaces();
    let hash = 0x811c9dc5;
    while (this.position < this.#end) {
      const byte = this.bytes[this.position] ?? newline;
      if (byte === stop || byte === newline) break;
      hash = Math.imul(hash ^ byte, 0x01000193);
      this.position += 1;
    }
    return hash >>> 0;
  }

  /** The bytes from `start` to here as text. */
  textSince(start: number): string {
    return String.fromCharCode(...this.bytes.subarray(start, this.position));
  }

  nextLine(): void {
    // `indexOf` of a buffer allocates, and lines are short.
    while (this.position < this.#end && this.bytes[this.position] !== newline) this.position += 1;
    if (this.position < this.#end) this.position += 1;
  }
}

/** The bytes of an ASCII text, to compare with. */
export function bytesOf(text: string): Uint8Array {
  return Uint8Array.from(text, (letter) => letter.charCodeAt(0));
}
