/** What `top` shows, read from the server part by part: one that cannot be read does not hide the others. */
import type { Client } from '@raptorflow/client';

type Answer<R extends keyof Client, O extends keyof Client[R]> = Client[R][O] extends (
  ...args: never[]
) => Promise<infer A>
  ? A
  : never;
type Metrics = Answer<'bus', 'metrics'>;
type Channel = Answer<'bus', 'channels'>['items'][number];
type Alert = Answer<'alerts', 'active'>['data'][number];
type Operation = Answer<'periscope', 'operations'>['items'][number];

/** A breaker with the operation that it protects. */
export type NamedBreaker = Operation['breakers'][number] & { readonly operation: string };

/** How the bus goes between two readings. */
export interface BusRates {
  readonly published_per_second: number;
  readonly received_per_second: number;
  readonly failed_per_second: number;
  /** The largest lag of any channel, in events; null when the channels cannot be read. */
  readonly lag: number | null;
  /** Channels with a lag, the largest first. */
  readonly lagging: readonly { readonly name: string; readonly lag: number }[];
}

/** One reading; a part is null when it could not be read, and `problems` says why. */
export interface TopReading {
  readonly at: string;
  readonly url: string;
  readonly health: Answer<'health', 'all'> | null;
  readonly host: Answer<'raptor', 'samples'> | null;
  readonly bus: BusRates | null;
  readonly budget: Answer<'costs', 'summary'>['budget'] | null;
  /** What fires, the worst first. */
  readonly alerts: readonly Alert[] | null;
  /** Those that are not closed. */
  readonly breakers: readonly NamedBreaker[] | null;
  readonly problems: Readonly<Record<string, string>>;
}

/** Reads again and again; rates are those since the reading before, or since the server started for the first. */
export interface TopReader {
  read(): Promise<TopReading>;
}

/** Samples of the machine that a line of blocks shows. */
const samplesShown = 60;
const severities = ['critical', 'error', 'warning', 'info'] as const;

/** Makes a reader over a client; `now` is the wall clock in milliseconds. */
export function createTopReader(
  client: Client,
  { url, now }: { readonly url: string; readonly now: () => number },
): TopReader {
  let before: Metrics | undefined;
  return {
    async read() {
      const problems: Record<string, string> = {};
      const attempt = async <T>(part: string, ask: () => Promise<T>): Promise<T | null> => {
        try {
          return await ask();
        } catch (error) {
          problems[part] = error instanceof Error ? error.message : String(error);
          return null;
        }
      };
      const [health, host, metrics, channels, costs, alerts, operations] = await Promise.all([
        attempt('health', () => client.health.all()),
        attempt('host', () => client.raptor.samples({ query: { limit: samplesShown } })),
        attempt('bus', () => client.bus.metrics()),
        attempt('channels', () => client.bus.channels()),
        attempt('budget', () => client.costs.summary({ query: {} })),
        attempt('alerts', () => firing(client)),
        attempt('breakers', () => client.periscope.operations()),
      ]);
      const bus = metrics === null ? null : ratesOf(before, metrics, channels?.items ?? null);
      before = metrics ?? undefined;
      return {
        at: new Date(now()).toISOString(),
        url,
        health,
        host,
        bus,
        budget: costs?.budget ?? null,
        alerts,
        breakers: operations === null ? null : openBreakers(operations.items),
        problems,
      };
    },
  };
}

/** The workspace's alerts, and those of the installation where the caller may see them. */
async function firing(client: Client): Promise<Alert[]> {
  const [own, installation] = await Promise.all([
    client.alerts.active({ query: {} }),
    client.alerts.active({ query: { scope: 'installation' } }).catch(() => null),
  ]);
  const rank = (alert: Alert): number => severities.indexOf(alert.severity);
  return [...(installation?.data ?? []), ...own.data]
    .filter(({ state }) => state === 'firing')
    .toSorted((left, right) => rank(left) - rank(right));
}

/** Rates between two readings of the counters; a server that has restarted counts from its start. */
export function ratesOf(
  before: Metrics | undefined,
  now: Metrics,
  channels: readonly Channel[] | null,
): BusRates {
  const isSame = before !== undefined && before.since === now.since && before.measured_at < now.measured_at;
  const earlier = isSame ? before : { published: 0, received: 0, failed: 0, measured_at: now.since };
  const seconds = (Date.parse(now.measured_at) - Date.parse(earlier.measured_at)) / 1_000;
  const rate = (count: number): number => (seconds > 0 ? Math.max(0, count) / seconds : 0);
  const lagging = (channels ?? [])
    .filter(({ lag }) => lag > 0)
    .toSorted((left, right) => right.lag - left.lag)
    .map(({ name, lag }) => ({ name, lag }));
  return {
    published_per_second: rate(now.published - earlier.published),
    received_per_second: rate(now.received - earlier.received),
    failed_per_second: rate(now.failed - earlier.failed),
    lag: channels === null ? null : (lagging[0]?.lag ?? 0),
    lagging,
  };
}

function openBreakers(operations: readonly Operation[]): NamedBreaker[] {
  return operations.flatMap(({ name, breakers }) =>
    breakers.filter(({ state }) => state !== 'closed').map((breaker) => ({ ...breaker, operation: name })),
  );
}
