import { deflateRawSync } from 'node:zlib';
import { inflate } from './byte-planes.ts';
import { ByteReader, ByteWriter, corrupt, unzigzag, zigzag } from './bytes.ts';
import { countOf, samplePoint, type Point, type PointLayout, type SparseSketch } from './point.ts';

/*
 * A frame: the points of one moment of up to 64 series of one source. Frames are what a history writes at every step; a block takes the place of
 * the frames of its time.
 */

const version = 1;
const layouts: readonly PointLayout[] = ['sample', 'counter', 'gauge', 'histogram'];
const stored = 0;
const deflated = 1;
const frameBytesMax = 1 << 24;

/** Series whose points share a frame. */
export const seriesPerShard = 64;

/** One point of a frame: which series of the shard, and what. */
export interface FrameEntry {
  /** The number of the series within its shard, ascending in a frame. */
  readonly slot: number;
  readonly layout: PointLayout;
  readonly point: Point;
}

/** The shard that a series lies in. */
export function shardOf(number: number): number {
  return Math.floor(number / seriesPerShard);
}

/** The place of a series in its shard. */
export function slotOf(number: number): number {
  return number % seriesPerShard;
}

/** Packs points of one moment, in the order of their slots. */
export function encodeFrame(at: number, entries: readonly FrameEntry[]): Uint8Array {
  const body = new ByteWriter();
  body.varint(entries.length);
  let before = -1;
  for (const { slot, layout, point } of entries) {
    body.varint(slot - before - 1);
    before = slot;
    body.byte(layouts.indexOf(layout));
    writePoint(body, layout, point);
  }
  const plain = body.bytes();
  const packed = deflateRawSync(plain);
  const isSmaller = packed.length < plain.length;
  const writer = new ByteWriter();
  writer.byte(version);
  writer.varint(at);
  writer.byte(isSmaller ? deflated : stored);
  writer.varint(plain.length);
  writer.raw(isSmaller ? packed : plain);
  return writer.sealed();
}

/** Unpacks the points of these slots, or of all. Throws `storage_corrupt` for whatever `encodeFrame` did not write. */
export function decodeFrame(frame: Uint8Array, wanted?: ReadonlySet<number>): FrameEntry[] {
  const reader = ByteReader.unseal(frame);
  if (reader.byte() !== version) throw corrupt('its format is unknown');
  const at = reader.varint();
  const form = reader.byte();
  const length = reader.count(frameBytesMax);
  if (form !== stored && form !== deflated) throw corrupt('its form is unknown');
  const rest = reader.rest();
  const body = new ByteReader(form === deflated ? inflate(rest, length) : rest);
  const count = body.count(seriesPerShard);
  const entries: FrameEntry[] = [];
  let slot = -1;
  for (let index = 0; index < count; index += 1) {
    slot += body.varint() + 1;
    const layout = layouts[body.byte()];
    if (layout === undefined || slot >= seriesPerShard) throw corrupt('an entry of it is unknown');
    const point = readPoint(body, layout, at);
    if (!wanted || wanted.has(slot)) entries.push({ slot, layout, point });
  }
  if (!body.atEnd) throw corrupt('something follows its end');
  return entries;
}

function writePoint(writer: ByteWriter, layout: PointLayout, point: Point): void {
  if (layout === 'sample') {
    writer.float(point.last);
    return;
  }
  if (layout !== 'histogram') {
    writer.varint(point.count);
    writer.float(point.last);
  }
  writer.float(point.sum);
  writer.float(point.min);
  writer.float(point.max);
  if (layout !== 'counter') writeSketch(writer, point.sketch);
}

function readPoint(reader: ByteReader, layout: PointLayout, at: number): Point {
  if (layout === 'sample') return samplePoint(at, reader.float());
  const isHistogram = layout === 'histogram';
  const count = isHistogram ? 0 : reader.varint();
  const last = isHistogram ? 0 : reader.float();
  const [sum, min, max] = [reader.float(), reader.float(), reader.float()];
  const sketch = layout === 'counter' ? null : readSketch(reader);
  return { at, count: isHistogram && sketch ? countOf(sketch) : count, sum, min, max, last, sketch };
}

function writeSketch(writer: ByteWriter, sketch: SparseSketch | null): void {
  const size = sketch?.keys.length ?? 0;
  writer.varint(size);
  let before = 0;
  for (let index = 0; index < size; index += 1) {
    const key = sketch?.keys[index] ?? 0;
    writer.varint(zigzag(key - before));
    writer.varint(sketch?.counts[index] ?? 0);
    before = key;
  }
  writer.varint(sketch?.zeros ?? 0);
  writer.varint(sketch?.below ?? 0);
  writer.varint(sketch?.above ?? 0);
}

function readSketch(reader: ByteReader): SparseSketch {
  const size = reader.count(frameBytesMax);
  const keys: number[] = [];
  const counts: number[] = [];
  let key = 0;
  for (let index = 0; index < size; index += 1) {
    key += unzigzag(reader.varint());
    keys.push(key);
    counts.push(reader.varint());
  }
  return {
    keys: Int32Array.from(keys),
    counts: Float64Array.from(counts),
    zeros: reader.varint(),
    below: reader.varint(),
    above: reader.varint(),
  };
}
