import { RaptorFlowError } from '../../kernel/index.ts';

/** One element of an array in a JSON text. */
export interface JsonElement {
  /** Its bytes; of one that is too large only the beginning. */
  readonly bytes: Uint8Array;
  readonly offset: number;
  readonly isTooLarge: boolean;
}

const quote = 0x22;
const backslash = 0x5c;
const comma = 0x2c;
const colon = 0x3a;
const openArray = 0x5b;
const closeArray = 0x5d;
const openObject = 0x7b;
const closeObject = 0x7d;
const keyBytesMax = 1_024;
const depthMax = 1_000;
const isSpace = (byte: number): boolean => byte === 0x20 || byte === 0x0a || byte === 0x0d || byte === 0x09;

/** An object or an array that is open around the place where the splitter is. */
interface Open {
  readonly kind: 'object' | 'array';
  /** Of an object: the key whose value follows; null where a key is expected. */
  key: string | null;
}

/**
 * Finds the elements of one array in a JSON text that comes in pieces, by counting brackets outside of strings. It does not parse them, so that
 * an element that is no JSON costs nothing but itself, and so that each can be parsed by the engine's own parser, several times as fast as a
 * parser of tokens. Modes: `seek` (looks for the array at the path, and behind it for the end of the text), `between` (in the array, outside
 * of an element) and `element`.
 */
export class JsonElements {
  readonly #path: readonly string[];
  readonly #elementBytesMax: number;
  readonly #open: Open[] = [];
  readonly #parts: Uint8Array[] = [];
  #mode: 'seek' | 'between' | 'element' = 'seek';
  #inString = false;
  #escaped = false;
  #key: number[] | undefined;
  #depth = 0;
  #size = 0;
  #startedAt = 0;
  #offset = 0;
  #found = false;
  #seen = false;

  constructor(path: readonly string[], elementBytesMax: number) {
    this.#path = path;
    this.#elementBytesMax = elementBytesMax;
  }

  /** The elements that end in this piece. */
  *push(chunk: Uint8Array): Generator<JsonElement> {
    let start = 0;
    for (let at = 0; at < chunk.length; at += 1) {
      const byte = chunk[at] ?? 0;
      if (this.#mode === 'seek') {
        this.#seek(byte, this.#offset + at);
      } else if (this.#mode === 'between') {
        if (byte === closeArray) {
          this.#mode = 'seek';
          this.#open.pop();
        } else if (byte !== comma && !isSpace(byte)) {
          this.#begin(this.#offset + at);
          start = at;
          this.#step(byte);
        }
      } else if (this.#step(byte)) {
        this.#keep(chunk.subarray(start, at));
        yield this.#take();
        this.#mode = 'between';
        if (byte === closeArray) {
          this.#mode = 'seek';
          this.#open.pop();
        }
      }
    }
    if (this.#mode === 'element') this.#keep(chunk.subarray(start));
    this.#offset += chunk.length;
  }

  /** Throws `malformed_input` when the text ended too early, or had no such array. */
  end(): void {
    const where = this.#path.length === 0 ? 'the top' : this.#path.join('.');
    if (this.#mode !== 'seek' || this.#open.length > 0 || this.#inString) {
      throw new RaptorFlowError('malformed_input', `The JSON text ends early, after ${this.#offset} bytes.`, {
        details: { offset: this.#offset },
      });
    }
    if (!this.#found) {
      throw new RaptorFlowError('malformed_input', `The JSON text has no array at ${where}.`);
    }
  }

  #begin(offset: number): void {
    this.#mode = 'element';
    this.#startedAt = offset;
    this.#depth = 0;
    this.#size = 0;
  }

  /** Whether the element ended before this byte. */
  #step(byte: number): boolean {
    if (this.#inString) {
      if (this.#escaped) this.#escaped = false;
      else if (byte === backslash) this.#escaped = true;
      else if (byte === quote) this.#inString = false;
      return false;
    }
    if (byte === quote) this.#inString = true;
    else if (byte === openObject || byte === openArray) this.#depth += 1;
    else if (byte === closeObject || byte === closeArray) {
      if (this.#depth === 0) return byte === closeArray;
      this.#depth -= 1;
    } else if (byte === comma) return this.#depth === 0;
    return false;
  }

  #keep(bytes: Uint8Array): void {
    const before = this.#size;
    this.#size += bytes.length;
    if (before > this.#elementBytesMax) return;
    // The piece may be reused by whoever gave it, and would be held whole by a view of it.
    this.#parts.push(Uint8Array.prototype.slice.call(bytes, 0, this.#elementBytesMax + 1 - before));
  }

  #take(): JsonElement {
    const [only] = this.#parts;
    const bytes = this.#parts.length === 1 && only ? only : Buffer.concat(this.#parts);
    this.#parts.length = 0;
    return { bytes, offset: this.#startedAt, isTooLarge: this.#size > this.#elementBytesMax };
  }

  #seek(byte: number, offset: number): void {
    if (this.#inString) {
      this.#seekInString(byte);
      return;
    }
    const top = this.#open.at(-1);
    if (byte === quote) {
      this.#inString = true;
      if (top?.kind === 'object' && top.key === null) this.#key = [];
    } else if (byte === comma && top?.kind === 'object') top.key = null;
    else if (byte === openObject || byte === openArray) this.#enter(byte, offset);
    else if (byte === closeObject || byte === closeArray) {
      const kind = byte === closeObject ? 'object' : 'array';
      if (this.#open.pop()?.kind !== kind) throw malformed(offset);
    } else if (this.#open.length === 0 && !isSpace(byte) && byte !== colon && offset > 2) {
      throw malformed(offset);
    }
  }

  #seekInString(byte: number): void {
    if (this.#key && this.#key.length < keyBytesMax && (byte !== quote || this.#escaped))
      this.#key.push(byte);
    if (this.#escaped) this.#escaped = false;
    else if (byte === backslash) this.#escaped = true;
    else if (byte === quote) {
      this.#inString = false;
      const top = this.#open.at(-1);
      if (this.#key && top) top.key = keyOf(this.#key);
      this.#key = undefined;
    }
  }

  #enter(byte: number, offset: number): void {
    if (this.#open.length === 0 && this.#seen) throw malformed(offset);
    this.#seen = true;
    const isHere =
      byte === openArray &&
      !this.#found &&
      this.#open.length === this.#path.length &&
      this.#open.every(({ key }, level) => key === this.#path[level]);
    if (this.#open.length >= depthMax) throw malformed(offset);
    this.#open.push({ kind: byte === openObject ? 'object' : 'array', key: null });
    if (!isHere) return;
    this.#found = true;
    this.#mode = 'between';
  }
}

function keyOf(bytes: readonly number[]): string {
  const text = Buffer.from(bytes).toString('utf8');
  try {
    const key: unknown = JSON.parse(`"${text}"`);
    return typeof key === 'string' ? key : text;
  } catch {
    return text;
  }
}

function malformed(offset: number): RaptorFlowError {
  return new RaptorFlowError('malformed_input', `The JSON text is broken at byte ${offset}.`, {
    details: { offset },
  });
}
