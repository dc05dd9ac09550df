import { ByteReader, ByteWriter, corrupt } from './bytes.ts';
import { readIntegers, writeIntegers } from './integer-column.ts';
import { readNumbers, writeNumbers } from './number-column.ts';
import { countOf, type Point, type PointLayout, type SparseSketch } from './point.ts';

/*
 * A sealed block: up to some thousand points of one series, column by column, and a checksum. The table of its bytes stands in
 * docs/internals/metric-history.md.
 */

const version = 1;
const layouts: readonly PointLayout[] = ['sample', 'counter', 'gauge', 'histogram'];
const onGrid = 0;
const offGrid = 1;

/** Points of one block. Whoever writes more has lost count. */
const blockPointsMax = 100_000;
const bucketsPerPointMax = 4_096;
const bucketsPerBlockMax = 10_000_000;

/** Times and values of many samples, as a block gives them back. */
export interface SampleColumns {
  readonly times: Float64Array;
  readonly values: Float64Array;
}

/** Packs samples. Times are whole milliseconds, ascending; values come back bit for bit. */
export function encodeSamples(times: Float64Array, values: Float64Array): Uint8Array {
  const writer = new ByteWriter();
  writeHead(writer, 'sample', times);
  writeNumbers(writer, values);
  return writer.sealed();
}

/** Unpacks samples. Throws `storage_corrupt` for whatever `encodeSamples` did not write. */
export function decodeSamples(block: Uint8Array): SampleColumns {
  const reader = ByteReader.unseal(block);
  const { layout, times } = readHead(reader);
  if (layout !== 'sample') throw corrupt('it holds no samples');
  const values = readNumbers(reader, times.length);
  assertRead(reader);
  return { times, values };
}

/** Packs the points of one series, ascending by time. */
export function encodePoints(layout: PointLayout, points: readonly Point[]): Uint8Array {
  const times = columnOf(points, 'at');
  if (layout === 'sample') return encodeSamples(times, columnOf(points, 'last'));
  const writer = new ByteWriter();
  writeHead(writer, layout, times);
  if (layout !== 'histogram') {
    writeIntegers(writer, columnOf(points, 'count'));
    writeNumbers(writer, columnOf(points, 'last'));
  }
  for (const name of ['sum', 'min', 'max'] as const) writeNumbers(writer, columnOf(points, name));
  if (layout !== 'counter') writeSketches(writer, points, layout === 'histogram');
  return writer.sealed();
}

/** Unpacks points. Throws `storage_corrupt` for whatever `encodePoints` did not write. */
export function decodePoints(block: Uint8Array): { readonly layout: PointLayout; readonly points: Point[] } {
  const reader = ByteReader.unseal(block);
  const { layout, times } = readHead(reader);
  const count = times.length;
  if (layout === 'sample') {
    const last = readNumbers(reader, count);
    assertRead(reader);
    return {
      layout,
      points: pointsOf(times, { count: null, last, sum: last, min: last, max: last, sketches: null }),
    };
  }
  const isHistogram = layout === 'histogram';
  const counts = isHistogram ? null : readIntegers(reader, count);
  const last = isHistogram ? new Float64Array(count) : readNumbers(reader, count);
  const [sum, min, max] = [
    readNumbers(reader, count),
    readNumbers(reader, count),
    readNumbers(reader, count),
  ];
  const sketches = layout === 'counter' ? null : readSketches(reader, count, isHistogram);
  assertRead(reader);
  return { layout, points: pointsOf(times, { count: counts, last, sum, min, max, sketches }) };
}

interface Columns {
  /** Null: what the sketches count, or 1 without sketches. */
  readonly count: Float64Array | null;
  readonly last: Float64Array;
  readonly sum: Float64Array;
  readonly min: Float64Array;
  readonly max: Float64Array;
  readonly sketches: readonly SparseSketch[] | null;
}

function pointsOf(times: Float64Array, columns: Columns): Point[] {
  const points: Point[] = [];
  for (let index = 0; index < times.length; index += 1) {
    const sketch = columns.sketches?.[index] ?? null;
    points.push({
      at: times[index] ?? 0,
      count: columns.count?.[index] ?? (sketch ? countOf(sketch) : 1),
      sum: columns.sum[index] ?? 0,
      min: columns.min[index] ?? 0,
      max: columns.max[index] ?? 0,
      last: columns.last[index] ?? 0,
      sketch,
    });
  }
  return points;
}

function columnOf(
  points: readonly Point[],
  name: 'at' | 'count' | 'sum' | 'min' | 'max' | 'last',
): Float64Array {
  const column = new Float64Array(points.length);
  for (let index = 0; index < points.length; index += 1) column[index] = points[index]?.[name] ?? 0;
  return column;
}

/** The step is the smallest distance of two times: what lies on the grid that it makes costs nothing, what does not costs its distance. */
function writeHead(writer: ByteWriter, layout: PointLayout, times: Float64Array): void {
  writer.byte(version);
  writer.byte(layouts.indexOf(layout));
  writer.varint(times.length);
  const first = times[0] ?? 0;
  const step = typicalStep(times);
  writer.varint(first);
  writer.varint(step);
  const distances = new Float64Array(times.length);
  let isOnGrid = true;
  for (let index = 0; index < times.length; index += 1) {
    distances[index] = (times[index] ?? 0) - first - index * step;
    if (distances[index] !== 0) isOnGrid = false;
  }
  writer.byte(isOnGrid ? onGrid : offGrid);
  if (!isOnGrid) writeIntegers(writer, distances);
}

function readHead(reader: ByteReader): { layout: PointLayout; times: Float64Array } {
  if (reader.byte() !== version) throw corrupt('its format is unknown');
  const layout = layouts[reader.byte()];
  if (layout === undefined) throw corrupt('its layout is unknown');
  const count = reader.count(blockPointsMax);
  const first = reader.varint();
  const step = reader.varint();
  const form = reader.byte();
  if (form !== onGrid && form !== offGrid) throw corrupt('its times have no known form');
  const times = form === offGrid ? readIntegers(reader, count) : new Float64Array(count);
  for (let index = 0; index < count; index += 1) times[index] = (times[index] ?? 0) + first + index * step;
  return { layout, times };
}

/** The middle one of the distances between times, rounded to what the whole span suggests when they jitter. */
function typicalStep(times: Float64Array): number {
  if (times.length < 2) return 0;
  const gaps = new Float64Array(times.length - 1);
  for (let index = 1; index < times.length; index += 1)
    gaps[index - 1] = (times[index] ?? 0) - (times[index - 1] ?? 0);
  gaps.sort();
  const middle = gaps[gaps.length >> 1] ?? 0;
  const average = ((times[times.length - 1] ?? 0) - (times[0] ?? 0)) / gaps.length;
  // Without gaps the average is the true step, where jitter makes the middle one off by a little.
  const near = Math.abs(average - middle) < middle / 100;
  return Math.max(0, Math.round(near ? average : middle));
}

function writeSketches(writer: ByteWriter, points: readonly Point[], isHistogram: boolean): void {
  const sizes = new Float64Array(points.length);
  const keys: number[] = [];
  const counts: number[] = [];
  for (const [index, { sketch }] of points.entries()) {
    sizes[index] = sketch?.keys.length ?? 0;
    let before = 0;
    for (let bucket = 0; bucket < (sketch?.keys.length ?? 0); bucket += 1) {
      const key = sketch?.keys[bucket] ?? 0;
      keys.push(key - before);
      before = key;
      counts.push(sketch?.counts[bucket] ?? 0);
    }
  }
  writeIntegers(writer, sizes);
  writeIntegers(writer, Float64Array.from(keys));
  writeIntegers(writer, Float64Array.from(counts));
  writeIntegers(
    writer,
    Float64Array.from(points, ({ sketch }) => sketch?.zeros ?? 0),
  );
  if (!isHistogram) return;
  writeIntegers(
    writer,
    Float64Array.from(points, ({ sketch }) => sketch?.below ?? 0),
  );
  writeIntegers(
    writer,
    Float64Array.from(points, ({ sketch }) => sketch?.above ?? 0),
  );
}

function readSketches(reader: ByteReader, count: number, isHistogram: boolean): SparseSketch[] {
  const sizes = readIntegers(reader, count);
  let total = 0;
  for (const size of sizes) {
    if (size < 0 || size > bucketsPerPointMax) throw corrupt('a sketch in it is too large');
    total += size;
    if (total > bucketsPerBlockMax) throw corrupt('a sketch in it is too large');
  }
  const gaps = readIntegers(reader, total);
  const counts = readIntegers(reader, total);
  const zeros = readIntegers(reader, count);
  const below = isHistogram ? readIntegers(reader, count) : zeros.map(() => 0);
  const above = isHistogram ? readIntegers(reader, count) : below;
  const keys = new Int32Array(total);
  const sketches: SparseSketch[] = [];
  let at = 0;
  for (let index = 0; index < count; index += 1) {
    const end = at + (sizes[index] ?? 0);
    for (let bucket = at, key = 0; bucket < end; bucket += 1) {
      key += gaps[bucket] ?? 0;
      keys[bucket] = key;
    }
    sketches.push({
      zeros: zeros[index] ?? 0,
      below: below[index] ?? 0,
      above: above[index] ?? 0,
      keys: keys.subarray(at, end),
      counts: counts.subarray(at, end),
    });
    at = end;
  }
  return sketches;
}

function assertRead(reader: ByteReader): void {
  if (!reader.atEnd) throw corrupt('something follows its end');
}
