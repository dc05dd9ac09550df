import { readPlane, writePlane } from './byte-planes.ts';
import { corrupt, type ByteReader, type ByteWriter } from './bytes.ts';
import { integerMax, readIntegers, writeIntegers } from './integer-column.ts';

/*
 * Doubles, bit for bit. Most of what is measured are decimals of few places: such a column is written as whole numbers, and the values
 * among them that are not (NaN, infinities, -0, sums with rounding errors) beside them as they are. Everything else is written as byte
 * planes, of the values themselves or of what each changes in the bits of the one before.
 */

const decimalForm = 0;
const plainForm = 1;
const changedForm = 2;

const placesMax = 15;
/** More exceptions than one in so many values, and the column is not decimal. */
const exceptionShare = 8;
const littleEndian = new Uint8Array(new Uint16Array([1]).buffer)[0] === 1;

/** Writes doubles so that the same bits come back, payloads of NaN and signs of zero included. */
export function writeNumbers(writer: ByteWriter, values: Float64Array): void {
  const places = placesOf(values);
  const exceptions: number[] = [];
  const exceptionsMax = values.length / exceptionShare;
  const whole =
    places === undefined ? undefined : wholeNumbers(values, 10 ** places, exceptions, exceptionsMax);
  if (places === undefined || whole === undefined) {
    writeBits(writer, values);
    return;
  }
  const bytes = bytesOf(values);
  writer.byte(decimalForm);
  writer.byte(places);
  writer.varint(exceptions.length);
  let before = -1;
  for (const index of exceptions) {
    writer.varint(index - before - 1);
    writer.raw(bytes.subarray(index * 8, index * 8 + 8));
    before = index;
  }
  writeIntegers(writer, whole);
}

/** Reads so many doubles. */
export function readNumbers(reader: ByteReader, count: number): Float64Array {
  const form = reader.byte();
  if (form === plainForm || form === changedForm) return readBits(reader, count, form === changedForm);
  if (form !== decimalForm) throw corrupt('a column has no known form');
  const places = reader.byte();
  if (places > placesMax) throw corrupt('a column has no known form');
  const exceptions = reader.count(count);
  const at: number[] = [];
  const kept: Uint8Array[] = [];
  let index = -1;
  for (let exception = 0; exception < exceptions; exception += 1) {
    index += reader.varint() + 1;
    if (index >= count) throw corrupt('a value lies outside of its column');
    at.push(index);
    kept.push(reader.raw(8));
  }
  const values = readIntegers(reader, count);
  const scale = 10 ** places;
  if (scale > 1) for (let place = 0; place < count; place += 1) values[place] = (values[place] ?? 0) / scale;
  const bytes = new Uint8Array(values.buffer);
  for (const [exception, place] of at.entries()) {
    const eight = kept[exception] ?? new Uint8Array(8);
    bytes.set(littleEndian ? eight : eight.toReversed(), place * 8);
  }
  return values;
}

/** The fewest places that most of the values can be written with; undefined when too many cannot be written at all. */
function placesOf(values: Float64Array): number | undefined {
  let places = 0;
  let hopeless = 0;
  for (let index = 0; index < values.length; index += 1) {
    const value = values[index] ?? 0;
    let own = places;
    while (own <= placesMax && !isDecimal(value, 10 ** own)) own += 1;
    if (own <= placesMax) places = own;
    else if ((hopeless += 1) > values.length / exceptionShare) return undefined;
  }
  return places;
}

function isDecimal(value: number, scale: number): boolean {
  const whole = Math.round(value * scale);
  return whole / scale === value && Math.abs(whole) <= integerMax && !Object.is(value, -0);
}

/** The values as whole numbers; an exception repeats the one before, which costs next to nothing. */
function wholeNumbers(
  values: Float64Array,
  scale: number,
  exceptions: number[],
  exceptionsMax: number,
): Float64Array | undefined {
  const whole = new Float64Array(values.length);
  let before = 0;
  for (let index = 0; index < values.length; index += 1) {
    const value = values[index] ?? 0;
    if (isDecimal(value, scale)) {
      before = Math.round(value * scale);
    } else {
      if (exceptions.length >= exceptionsMax) return undefined;
      exceptions.push(index);
    }
    // Adding 0 turns the -0 that rounding a small negative number gives into 0.
    whole[index] = before + 0;
  }
  return whole;
}

/** The bytes of doubles, lowest byte first on every machine. */
function bytesOf(values: Float64Array): Uint8Array {
  const bytes = new Uint8Array(values.buffer, values.byteOffset, values.byteLength);
  return littleEndian ? bytes : swapped(bytes);
}

function swapped(bytes: Uint8Array): Uint8Array {
  const result = new Uint8Array(bytes.length);
  for (let index = 0; index < bytes.length; index += 1) result[index] = bytes[index ^ 7] ?? 0;
  return result;
}

function writeBits(writer: ByteWriter, values: Float64Array): void {
  const bytes = bytesOf(values);
  const changed = bytes.slice();
  for (let index = 8; index < bytes.length; index += 1)
    changed[index] = (bytes[index] ?? 0) ^ (bytes[index - 8] ?? 0);
  // Worth it when on average a byte of every value stays as it was.
  let same = 0;
  for (let index = 8; index < changed.length; index += 1)
    if (changed[index] === 0 && bytes[index] !== 0) same += 1;
  const useChanged = same > values.length;
  writer.byte(useChanged ? changedForm : plainForm);
  const source = useChanged ? changed : bytes;
  const plane = new Uint8Array(values.length);
  for (let place = 0; place < 8; place += 1) {
    for (let index = 0; index < values.length; index += 1) plane[index] = source[index * 8 + place] ?? 0;
    writePlane(writer, plane);
  }
}

function readBits(reader: ByteReader, count: number, isChanged: boolean): Float64Array {
  const bytes = new Uint8Array(count * 8);
  for (let place = 0; place < 8; place += 1) {
    const plane = readPlane(reader, count);
    for (let index = 0; index < count; index += 1) bytes[index * 8 + place] = plane[index] ?? 0;
  }
  if (isChanged) {
    for (let index = 8; index < bytes.length; index += 1)
      bytes[index] = (bytes[index] ?? 0) ^ (bytes[index - 8] ?? 0);
  }
  return new Float64Array((littleEndian ? bytes : swapped(bytes)).buffer);
}
