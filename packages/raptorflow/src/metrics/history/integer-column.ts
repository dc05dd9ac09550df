import { readPlane, writePlane } from './byte-planes.ts';
import { ByteWriter, corrupt, unzigzag, zigzag, type ByteReader } from './bytes.ts';

/** Whole numbers of at most this size can be written. */
export const integerMax: number = 2 ** 52 - 1;

// A difference of the second order is up to four times as large as what it is made of, and its zigzag twice that.
const orderLimits = [integerMax, 2 ** 51 - 1, 2 ** 50 - 1] as const;
const planesMax = 7;
const smallPlanesMax = 3;

/**
 * Writes whole numbers (each at most `integerMax` in size): the first one; what all distances from it are a multiple of; and the distances,
 * or their differences, or the differences of those, as byte planes.
 */
export function writeIntegers(writer: ByteWriter, values: Float64Array): void {
  if (values.length === 0) return;
  const base = values[0] ?? 0;
  const distances = new Float64Array(values.length);
  let largest = 0;
  for (let index = 0; index < values.length; index += 1) {
    const distance = (values[index] ?? 0) - base;
    distances[index] = distance;
    largest = Math.max(largest, Math.abs(distance));
  }
  // Distances of numbers at both ends of the range do not fit; then the numbers themselves are written, whose base is 0.
  const fits = largest <= integerMax;
  if (!fits) distances.set(values);
  const unit = fits ? commonUnit(distances) : 1;
  if (unit > 1)
    for (let index = 0; index < distances.length; index += 1)
      distances[index] = (distances[index] ?? 0) / unit;
  writer.varint(zigzag(fits ? base : 0));
  writer.varint(unit);
  writer.raw(shortest(distances, fits ? largest / unit : integerMax));
}

/** Reads so many whole numbers. */
export function readIntegers(reader: ByteReader, count: number): Float64Array {
  const values = new Float64Array(count);
  if (count === 0) return values;
  const base = unzigzag(reader.varint());
  const unit = reader.varint();
  const order = reader.byte();
  const planes = reader.byte();
  if (order >= orderLimits.length || planes > planesMax || unit === 0)
    throw corrupt('a column has no known form');
  if (planes <= smallPlanesMax) readSmall(reader, planes, values);
  else readLarge(reader, planes, values);
  for (let level = 0; level < order; level += 1) {
    for (let index = 1; index < count; index += 1)
      values[index] = (values[index] ?? 0) + (values[index - 1] ?? 0);
  }
  for (let index = 0; index < count; index += 1) values[index] = (values[index] ?? 0) * unit + base;
  return values;
}

/** Numbers of up to 24 bits, which the processor's own whole numbers hold. */
function readSmall(reader: ByteReader, planes: number, values: Float64Array): void {
  const bits = new Int32Array(values.length);
  for (let plane = 0; plane < planes; plane += 1) {
    const bytes = readPlane(reader, values.length);
    const shift = plane * 8;
    for (let index = 0; index < bits.length; index += 1)
      bits[index] = (bits[index] ?? 0) | ((bytes[index] ?? 0) << shift);
  }
  for (let index = 0; index < bits.length; index += 1) {
    const zigzagged = bits[index] ?? 0;
    values[index] = (zigzagged >>> 1) ^ -(zigzagged & 1);
  }
}

function readLarge(reader: ByteReader, planes: number, values: Float64Array): void {
  let scale = 1;
  for (let plane = 0; plane < planes; plane += 1, scale *= 256) {
    const bytes = readPlane(reader, values.length);
    for (let index = 0; index < bytes.length; index += 1)
      values[index] = (values[index] ?? 0) + (bytes[index] ?? 0) * scale;
  }
  for (let index = 0; index < values.length; index += 1) values[index] = unzigzag(values[index] ?? 0);
}

/** The largest number that divides all of them, at least 1. */
function commonUnit(distances: Float64Array): number {
  let unit = 0;
  for (let index = 0; index < distances.length && unit !== 1; index += 1) {
    let rest = Math.abs(distances[index] ?? 0);
    while (rest > 0) [unit, rest] = [rest, unit % rest];
  }
  return Math.max(unit, 1);
}

function differences(values: Float64Array): Float64Array {
  const result = new Float64Array(values.length);
  for (let index = 1; index < values.length; index += 1)
    result[index] = (values[index] ?? 0) - (values[index - 1] ?? 0);
  result[0] = values[0] ?? 0;
  return result;
}

/** The orders are compared by the bits that their numbers need; the best two are really packed. */
function shortest(distances: Float64Array, largest: number): Uint8Array {
  const candidates: { order: number; values: Float64Array; bits: number }[] = [];
  let values = distances;
  for (const [order, limit] of orderLimits.entries()) {
    if (largest > limit) break;
    if (order > 0) values = differences(values);
    candidates.push({ order, values, bits: bitsOf(values) });
  }
  candidates.sort((a, b) => a.bits - b.bits);
  const [best, second] = candidates;
  const packed = best ? pack(best.order, best.values) : new Uint8Array(0);
  if (!best || !second || second.bits > best.bits * 1.5 + 64) return packed;
  const other = pack(second.order, second.values);
  return other.length < packed.length ? other : packed;
}

function bitsOf(values: Float64Array): number {
  let bits = 0;
  for (let index = 0; index < values.length; index += 1) bits += Math.log2(1 + Math.abs(values[index] ?? 0));
  return bits;
}

function pack(order: number, values: Float64Array): Uint8Array {
  const writer = new ByteWriter();
  const rest = new Float64Array(values.length);
  let largest = 0;
  for (let index = 0; index < values.length; index += 1) {
    const positive = zigzag(values[index] ?? 0);
    rest[index] = positive;
    if (positive > largest) largest = positive;
  }
  let planes = 0;
  for (let size = largest; size >= 1; size = Math.floor(size / 256)) planes += 1;
  writer.byte(order);
  writer.byte(planes);
  const plane = new Uint8Array(values.length);
  for (let index = 0; index < planes; index += 1) {
    for (let at = 0; at < rest.length; at += 1) {
      const value = rest[at] ?? 0;
      const above = Math.floor(value / 256);
      plane[at] = value - above * 256;
      rest[at] = above;
    }
    writePlane(writer, plane);
  }
  return writer.bytes();
}
