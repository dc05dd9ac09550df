import { seededRandom } from 'raptorflow/kernel';

/** Values of one kind of distribution, seconds. */
export interface Distribution {
  readonly name: string;
  readonly draw: () => number;
}

const random = seededRandom(20_261_127);

function normal(): number {
  return Math.sqrt(-2 * Math.log(1 - random.next())) * Math.cos(2 * Math.PI * random.next());
}

/** The six distributions that percentiles are judged by. */
export const distributions: readonly Distribution[] = [
  { name: 'lognormal', draw: () => Math.exp(normal() - 2.5) },
  { name: 'two humps', draw: () => (random.next() < 0.97 ? 0.005 : 0.9) * Math.exp(0.2 * normal()) },
  { name: 'Pareto', draw: () => 0.01 * (1 - random.next()) ** (-1 / 1.5) },
  { name: 'constant', draw: () => 0.042 },
  { name: 'ramp', draw: () => random.next() },
  { name: 'a third zero', draw: () => (random.next() < 1 / 3 ? 0 : -0.05 * Math.log(1 - random.next())) },
];

/** How many different tag sets the look-ups draw from. */
const tagSets = 1_000;

const routes = Array.from({ length: tagSets }, (_, index) => `/api/v1/resource-${index}/items`);
const methods = ['GET', 'POST', 'PUT', 'DELETE'];
const drawn = Uint16Array.from({ length: 65_536 }, () => Math.floor(random.next() * tagSets));
const latencies = Float64Array.from({ length: 65_536 }, () => 1_000 * Math.exp(normal() - 2.5));

/** The tags of the i-th call: drawn at random from a thousand, and a new object each time, as a call site makes it. */
export function tagsOf(index: number): { route: string; method: string } {
  const draw = drawn[index & 65_535] ?? 0;
  return { route: routes[draw] ?? '', method: methods[draw & 3] ?? '' };
}

/** The latency of the i-th call, milliseconds, lognormal. */
export function latencyOf(index: number): number {
  return latencies[index & 65_535] ?? 0;
}
