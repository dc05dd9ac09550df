import { crc32 } from 'node:zlib';
import { RaptorFlowError } from '../../kernel/index.ts';

const bytesAtFirst = 256;
const varintBytesMax = 8;
const checksumBytes = 4;

/** The error of everything that was stored and cannot be read any more. */
export function corrupt(what: string): RaptorFlowError {
  return new RaptorFlowError(
    'storage_corrupt',
    `A piece of the metric history is damaged (${what}); its values are lost, the others are not touched.`,
    { details: { damage: what } },
  );
}

/** A whole number as one that is never negative: 0, -1, 1, -2 … become 0, 1, 2, 3 … */
export function zigzag(value: number): number {
  return value >= 0 ? value * 2 : value * -2 - 1;
}

/** The way back. */
export function unzigzag(value: number): number {
  return value % 2 === 0 ? value / 2 : (value + 1) / -2;
}

/** Bytes that grow at their end. */
export class ByteWriter {
  #bytes = new Uint8Array(bytesAtFirst);
  #view = new DataView(this.#bytes.buffer);
  #length = 0;

  byte(value: number): void {
    this.#reserve(1);
    this.#bytes[this.#length] = value;
    this.#length += 1;
  }

  /** A whole number from 0 to 2^53, seven bits a byte, the lowest first. */
  varint(value: number): void {
    this.#reserve(varintBytesMax);
    let rest = value;
    while (rest >= 128) {
      this.#bytes[this.#length++] = (rest % 128) | 128;
      rest = Math.floor(rest / 128);
    }
    this.#bytes[this.#length++] = rest;
  }

  float(value: number): void {
    this.#reserve(8);
    this.#view.setFloat64(this.#length, value, true);
    this.#length += 8;
  }

  raw(bytes: Uint8Array): void {
    this.#reserve(bytes.length);
    this.#bytes.set(bytes, this.#length);
    this.#length += bytes.length;
  }

  /** A copy of what was written. */
  bytes(): Uint8Array {
    return this.#bytes.slice(0, this.#length);
  }

  /** A copy of what was written, followed by its CRC-32. */
  sealed(): Uint8Array {
    const sum = crc32(this.#bytes.subarray(0, this.#length));
    this.#reserve(checksumBytes);
    this.#view.setUint32(this.#length, sum, true);
    this.#length += checksumBytes;
    return this.bytes();
  }

  #reserve(more: number): void {
    if (this.#length + more <= this.#bytes.length) return;
    const larger = new Uint8Array(Math.max(this.#bytes.length * 2, this.#length + more));
    larger.set(this.#bytes.subarray(0, this.#length));
    this.#bytes = larger;
    this.#view = new DataView(larger.buffer);
  }
}

/** Reads what a `ByteWriter` wrote. Whatever does not fit is `storage_corrupt`, never a wrong value. */
export class ByteReader {
  readonly #bytes: Uint8Array;
  readonly #view: DataView;
  #at = 0;

  constructor(bytes: Uint8Array) {
    this.#bytes = bytes;
    this.#view = new DataView(bytes.buffer, bytes.byteOffset, bytes.byteLength);
  }

  /** A reader of sealed bytes, once their checksum has been found right. */
  static unseal(bytes: Uint8Array): ByteReader {
    const end = bytes.length - checksumBytes;
    if (end < 0) throw corrupt('it is too short');
    const view = new DataView(bytes.buffer, bytes.byteOffset, bytes.byteLength);
    const content = bytes.subarray(0, end);
    if (crc32(content) !== view.getUint32(end, true)) throw corrupt('its checksum is wrong');
    return new ByteReader(content);
  }

  get atEnd(): boolean {
    return this.#at >= this.#bytes.length;
  }

  byte(): number {
    const value = this.#bytes[this.#at];
    if (value === undefined) throw corrupt('it ends early');
    this.#at += 1;
    return value;
  }

  varint(): number {
    let value = 0;
    let scale = 1;
    for (let read = 0; read < varintBytesMax; read += 1) {
      const byte = this.byte();
      value += (byte & 127) * scale;
      if (byte < 128) {
        if (value > Number.MAX_SAFE_INTEGER) break;
        return value;
      }
      scale *= 128;
    }
    throw corrupt('a number in it is too large');
  }

  /** A varint that counts what follows: never more than `max`. */
  count(max: number): number {
    const value = this.varint();
    if (value > max) throw corrupt('a count in it is too large');
    return value;
  }

  float(): number {
    if (this.#at + 8 > this.#bytes.length) throw corrupt('it ends early');
    const value = this.#view.getFloat64(this.#at, true);
    this.#at += 8;
    return value;
  }

  /** The next bytes, not copied. */
  raw(length: number): Uint8Array {
    const end = this.#at + length;
    if (end > this.#bytes.length) throw corrupt('it ends early');
    const part = this.#bytes.subarray(this.#at, end);
    this.#at = end;
    return part;
  }

  /** Everything that has not been read, not copied. */
  rest(): Uint8Array {
    return this.raw(this.#bytes.length - this.#at);
  }
}
