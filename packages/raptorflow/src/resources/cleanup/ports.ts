import type { HealthStatus } from '../../resilience/index.ts';

/** Reads the present value of a metric, the sum of its series that have these tags; undefined when there is none. */
export type MetricReader = (query: {
  readonly metric: string;
  readonly tags: Readonly<Record<string, string>>;
}) => number | undefined | Promise<number | undefined>;

/** Reads health, of one part or of the whole; undefined when it is not known. */
export type HealthReader = (
  component: string | undefined,
) => HealthStatus | undefined | Promise<HealthStatus | undefined>;

/** Hears events. The handler returns at once; the same event may come again. Answers the way to stop hearing. */
export type EventSubscriber = (
  selection: { readonly channel: string; readonly types: readonly string[] | undefined },
  handler: (event: { readonly id: string }) => void,
) => Promise<() => Promise<void> | void>;

/** What makes tasks run, besides time. A task whose port is missing is refused. */
export interface CleanupPorts {
  readonly readMetric?: MetricReader;
  readonly readHealth?: HealthReader;
  readonly subscribe?: EventSubscriber;
}
