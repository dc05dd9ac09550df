import * as fc from 'fast-check';
import { describe, expect, test } from 'vitest';
import { seededRandom, type Random } from '../../kernel/index.ts';
import { decodePoints, decodeSamples, encodePoints, encodeSamples } from './block.ts';
import type { Point, PointLayout } from './point.ts';

const float = new Float64Array(1);
const bits = new BigUint64Array(float.buffer);

/** A double of random bits: all exponents, infinities, and NaN with every payload. */
function anyDouble(random: Random): number {
  bits[0] =
    (BigInt(Math.floor(random.next() * 2 ** 32)) << 32n) | BigInt(Math.floor(random.next() * 2 ** 32));
  return float[0] ?? 0;
}

type Shape = (random: Random) => (target: Float64Array, index: number, before: number) => void;

const set =
  (next: (random: Random, before: number) => number): Shape =>
  (random) =>
  (target, index, before) => {
    target[index] = next(random, before);
  };
const odd = [
  Number.NaN,
  -0,
  0,
  Infinity,
  -Infinity,
  1e308,
  -1e308,
  5e-324,
  -5e-324,
  2.2e-308,
  2 ** 53,
  -(2 ** 53),
  2 ** 52,
  0.1 + 0.2,
];

const shapes: Record<string, Shape> = {
  'NaN with payloads': (random) => (target, index) => {
    new BigUint64Array(target.buffer)[index] =
      0x7ff0_0000_0000_0001n |
      (BigInt(Math.floor(random.next() * 2 ** 20)) << 20n) |
      (random.next() < 0.5 ? 1n << 63n : 0n);
  },
  'random bits': set(anyDouble),
  'odd values': set((random) => odd[Math.floor(random.next() * odd.length)] ?? 0),
  'odd values among integers': set((random) =>
    random.next() < 0.05
      ? (odd[Math.floor(random.next() * odd.length)] ?? 0)
      : Math.floor(random.next() * 100),
  ),
  constant: set((_, before) => before),
  'a constant that is no decimal': set(() => Math.PI),
  'random in [0, 1)': set(
    (random) => (Math.floor(random.next() * 2 ** 32) * 2 ** 21 + random.next() * 2 ** 21) / 2 ** 53,
  ),
  'a counter with resets': set((random, before) =>
    random.next() < 0.01 ? 0 : Math.abs(before) + Math.floor(random.next() * 50),
  ),
  'a counter near the limit of whole numbers': set(
    (random) => 2 ** 52 - 500 + Math.floor(random.next() * 1_000),
  ),
  'whole numbers of both signs and any size': set((random) =>
    Math.round((random.next() - 0.5) * 2 ** Math.floor(random.next() * 54)),
  ),
  denormals: set((random) => random.next() * 5e-320),
  'multiples of a page': set(
    (random, before) => Math.abs(before) + Math.round((random.next() - 0.5) * 1_000) * 4_096,
  ),
};
for (let places = 1; places <= 15; places += 1) {
  shapes[`decimals of ${places} places`] = set((random) =>
    Number(((random.next() - 0.3) * 9).toFixed(places)),
  );
}

function fill(name: string, seed: number, length: number): Float64Array {
  const random = seededRandom(seed);
  const write = shapes[name]?.(random);
  const values = new Float64Array(length);
  let before = Math.floor(random.next() * 1_000);
  for (let index = 0; index < length; index += 1) {
    write?.(values, index, before);
    before = Number.isFinite(values[index]) ? (values[index] ?? 0) : 0;
  }
  return values;
}

function timesOf(seed: number, length: number, jitterMs: number): Float64Array {
  const random = seededRandom(seed);
  let at = 1_790_000_000_000;
  return Float64Array.from({ length }, () => {
    at += random.next() < 0.002 ? 150_000 : 15_000;
    return at + Math.round((random.next() - 0.5) * 2 * jitterMs);
  });
}

const bytesOf = (values: Float64Array): Buffer =>
  Buffer.from(values.buffer, values.byteOffset, values.byteLength);

describe('a block of samples', () => {
  test('gives back a million values of every shape, bit for bit, with their times', () => {
    let samples = 0;
    for (const [order, name] of Object.keys(shapes).entries()) {
      for (let round = 0; samples < ((order + 1) * 1_000_000) / Object.keys(shapes).length; round += 1) {
        const length = round % 10 === 0 ? 1 + round : 1_000;
        const values = fill(name, order * 1_000 + round, length);
        const times = timesOf(round, length, round % 3 === 0 ? 5 : 0);
        const found = decodeSamples(encodeSamples(times, values));
        expect(bytesOf(found.values).equals(bytesOf(values)), `${name}, round ${round}`).toBe(true);
        expect(bytesOf(found.times).equals(bytesOf(times)), `${name}, times of round ${round}`).toBe(true);
        samples += length;
      }
    }
    expect(samples).toBeGreaterThanOrEqual(1_000_000);
  });

  test('gives back any mixture of shapes, of any length, none included', () => {
    const part = fc.record({
      name: fc.constantFrom(...Object.keys(shapes)),
      seed: fc.nat(),
      length: fc.integer({ min: 0, max: 40 }),
    });
    fc.assert(
      fc.property(fc.array(part, { maxLength: 5 }), fc.nat(), (parts, seed) => {
        const joined = Buffer.concat(
          parts.map(({ name, seed: own, length }) => bytesOf(fill(name, own, length))),
        );
        const values = new Float64Array(new Uint8Array(joined).buffer);
        const times = timesOf(seed, values.length, seed % 100);
        const found = decodeSamples(encodeSamples(times, values));
        expect(bytesOf(found.values)).toEqual(bytesOf(values));
        expect(found.times).toEqual(times);
      }),
    );
  });

  test('pays almost nothing for times on a grid, and a few bits for jitter', () => {
    const length = 1_000;
    const values = new Float64Array(length).fill(42);
    const onGrid = encodeSamples(
      Float64Array.from({ length }, (_, index) => 1e12 + index * 10_000),
      values,
    );
    expect(onGrid.length).toBeLessThan(40);
    const random = seededRandom(7);
    const jittered = Float64Array.from(
      { length },
      (_, index) => 1e12 + index * 10_000 + Math.round((random.next() - 0.5) * 10),
    );
    expect(encodeSamples(jittered, values).length).toBeLessThan(600);
  });

  test('that is cut or changed anywhere is an error of kind corrupt, never other values', () => {
    const values = fill('decimals of 3 places', 1, 200);
    const block = encodeSamples(timesOf(1, 200, 5), values);
    for (let length = 0; length < block.length; length += 1) {
      expect(() => decodeSamples(block.subarray(0, length))).toThrow(
        expect.objectContaining({ kind: 'corrupt' }),
      );
    }
    fc.assert(
      fc.property(fc.nat(block.length * 8 - 1), (bit) => {
        const damaged = block.slice();
        damaged[bit >> 3] = (damaged[bit >> 3] ?? 0) ^ (1 << (bit & 7));
        expect(() => decodeSamples(damaged)).toThrow(expect.objectContaining({ kind: 'corrupt' }));
      }),
    );
  });

  test('of random bytes with a right checksum is an error of kind corrupt or decodes, and never hangs', async () => {
    const { ByteWriter } = await import('./bytes.ts');
    fc.assert(
      fc.property(fc.constantFrom(0, 1, 2, 3), fc.uint8Array({ maxLength: 60 }), (layout, tail) => {
        const writer = new ByteWriter();
        writer.raw(Uint8Array.from([1, layout, ...tail]));
        try {
          decodePoints(writer.sealed());
        } catch (error) {
          expect(error).toMatchObject({ kind: 'corrupt' });
        }
      }),
      { numRuns: 2_000 },
    );
  });
});

const size = fc.integer({ min: 1, max: 1_000_000 });
const sketch = fc.record({
  zeros: fc.nat(5),
  below: fc.nat(5),
  above: fc.nat(5),
  buckets: fc.uniqueArray(fc.tuple(fc.integer({ min: -70_000, max: 70_000 }), size), {
    selector: ([key]) => key,
    maxLength: 20,
  }),
});

function pointsOf(layout: PointLayout): fc.Arbitrary<Point[]> {
  const number = fc.double({ noNaN: true });
  const one = fc.tuple(number, number, number, number, size, sketch);
  return fc.array(one, { maxLength: 50 }).map((rows) =>
    rows.map(([sum, min, max, last, count, { buckets, ...ends }], index): Point => {
      const sorted = buckets.toSorted(([a], [b]) => a - b);
      const isHistogram = layout === 'histogram';
      const outside = isHistogram ? ends : { zeros: ends.zeros, below: 0, above: 0 };
      const inside = sorted.reduce((total, [, each]) => total + each, 0);
      return {
        at: 1e12 + index * 60_000,
        count: isHistogram ? inside + ends.zeros + ends.below + ends.above : count,
        sum,
        min,
        max,
        last: isHistogram ? 0 : last,
        sketch:
          layout === 'counter'
            ? null
            : {
                ...outside,
                keys: Int32Array.from(sorted, ([key]) => key),
                counts: Float64Array.from(sorted, ([, each]) => each),
              },
      };
    }),
  );
}

describe('a block of points', () => {
  test.each(['counter', 'gauge', 'histogram'] as const)('gives back roll-ups of a %s exactly', (layout) => {
    fc.assert(
      fc.property(pointsOf(layout), (points) => {
        expect(decodePoints(encodePoints(layout, points))).toEqual({ layout, points });
      }),
    );
  });
});
