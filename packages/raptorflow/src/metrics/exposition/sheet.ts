import { Buffer } from 'node:buffer';
import { numberText } from './text.ts';

const bytesAtFirst = 131_072;
/** Shorter texts are written here: the way into the engine's own writer costs more. */
const ownCharactersMax = 24;
const zero = 48;

/**
 * Text as UTF-8 bytes, appended to one buffer. Strings would be a tree of a million little pieces for ten thousand histograms, and
 * then be copied twice; and the beginning of a line can be copied from the line before.
 */
export class Sheet {
  #bytes: Buffer = Buffer.allocUnsafe(bytesAtFirst);
  #length = 0;

  get length(): number {
    return this.#length;
  }

  text(text: string): void {
    const { length } = text;
    this.#makeRoom(length * 3);
    let at = this.#length;
    if (length <= ownCharactersMax) {
      const bytes = this.#bytes;
      let index = 0;
      for (; index < length; index += 1) {
        const code = text.charCodeAt(index);
        if (code > 127) break;
        bytes[at] = code;
        at += 1;
      }
      if (index === length) {
        this.#length = at;
        return;
      }
    }
    this.#length += this.#bytes.write(text, this.#length, 'utf8');
  }

  /** Appends what was written between two places, a few more bytes, and a number: one bucket after the other has the same beginning. */
  bucket(from: number, to: number, end: Uint8Array, value: number): void {
    const { length } = end;
    this.#makeRoom(to - from + length);
    const bytes = this.#bytes;
    let at = this.#length;
    if (at !== to) {
      bytes.copyWithin(at, from, to);
      at += to - from;
    }
    for (let index = 0; index < length; index += 1) bytes[at + index] = end[index] ?? 0;
    this.#length = at + length;
    this.number(value);
  }

  number(value: number): void {
    if (!(value >= 0 && value <= 0x7f_ff_ff_ff && Math.trunc(value) === value) || Object.is(value, -0)) {
      this.text(numberText(value));
      return;
    }
    this.#makeRoom(10);
    const bytes = this.#bytes;
    let rest = value | 0;
    if (rest < 10) {
      bytes[this.#length] = zero + rest;
      this.#length += 1;
      return;
    }
    let places = 2;
    for (let power = 100; rest >= power; power *= 10) places += 1;
    for (let at = this.#length + places - 1; at >= this.#length; at -= 1) {
      const next = (rest / 10) | 0;
      bytes[at] = zero + rest - next * 10;
      rest = next;
    }
    this.#length += places;
  }

  /** Everything since it was last taken. */
  take(): Uint8Array {
    const taken = Uint8Array.prototype.slice.call(this.#bytes, 0, this.#length);
    this.#length = 0;
    return taken;
  }

  #makeRoom(bytes: number): void {
    if (this.#length + bytes <= this.#bytes.length) return;
    const larger = Buffer.allocUnsafe(2 * (this.#length + bytes));
    this.#bytes.copy(larger, 0, 0, this.#length);
    this.#bytes = larger;
  }
}
