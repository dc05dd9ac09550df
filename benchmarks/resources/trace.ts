import { seededRandom, type Random } from 'raptorflow/kernel';

/** A resource of the trace. Times are milliseconds since its begin. */
export interface Held {
  readonly site: string;
  readonly type: string;
  readonly openedAt: number;
  /** Infinity for a leak. */
  readonly releasedAt: number;
}

/** A place in the program that opens resources. */
interface Site {
  readonly name: string;
  readonly type: string;
  /** Median lifetime, milliseconds. */
  readonly medianMs: number;
  /** Spread: standard deviation of the lifetime's logarithm. */
  readonly sigma: number;
  /** Mean time between two openings, milliseconds. */
  readonly everyMs: number;
  readonly leakShare: number;
}

const minute = 60_000;
const hour = 60 * minute;

/** Queries, requests, exports, sessions and subscriptions; what is held for hours is held for good reasons. */
const sites: readonly Site[] = [
  ...[5, 20, 80, 300].map((ms, at) => site(`query-${at}`, 'database_connection', ms, 0.8, 20_000, 0.01)),
  ...[50, 200, 900, 3_000].map((ms, at) => site(`request-${at}`, 'network_connection', ms, 1, 20_000, 0.01)),
  ...[10, 40, 150, 2_000].map((ms, at) => site(`file-${at}`, 'file_handle', ms, 0.7, 30_000, 0.01)),
  ...[0.5, 2, 5].map((minutes, at) =>
    site(`export-${at}`, 'async_task', minutes * minute, 0.6, minute, 0.02),
  ),
  ...[1, 2, 3].map((hours, at) =>
    site(`session-${at}`, 'network_connection', hours * hour, 0.4, 4 * minute, 0),
  ),
  ...[0.7, 1.5, 4].map((hours, at) =>
    site(`subscription-${at}`, 'database_connection', hours * hour, 0.4, 5 * minute, 0),
  ),
];

/** How long the trace lasts; what is opened before the first hours are over is only learned from, and after the last ones nothing is judged. */
export const span = { lastsMs: 30 * hour, judgedFromMs: 12 * hour, judgedToMs: 24 * hour } as const;

function site(
  name: string,
  type: string,
  medianMs: number,
  sigma: number,
  everyMs: number,
  leakShare: number,
): Site {
  return { name, type, medianMs, sigma, everyMs, leakShare };
}

/** All resources of the trace with this seed, by when they are opened. */
export function traceOf(seed: number): Held[] {
  const random = seededRandom(seed);
  const held = sites.flatMap((one) => [...openings(one, random)]);
  return held.sort((a, b) => a.openedAt - b.openedAt);
}

function* openings(
  { name, type, medianMs, sigma, everyMs, leakShare }: Site,
  random: Random,
): Generator<Held> {
  for (let at = exponential(random) * everyMs; at < span.lastsMs; at += exponential(random) * everyMs) {
    const lifetimeMs =
      random.next() < leakShare ? Number.POSITIVE_INFINITY : medianMs * Math.exp(sigma * normal(random));
    yield { site: name, type, openedAt: at, releasedAt: at + lifetimeMs };
  }
}

function exponential(random: Random): number {
  return -Math.log(1 - random.next());
}

function normal(random: Random): number {
  return Math.sqrt(-2 * Math.log(1 - random.next())) * Math.cos(2 * Math.PI * random.next());
}
