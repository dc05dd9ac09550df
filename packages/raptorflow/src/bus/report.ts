import type { DeadLetterReason } from './channel.ts';
import type { Priority } from './event.ts';

/** Counts since the bus started, of this process. */
export interface ChannelMetrics {
  /** Events that publishers of this process got an id for; what the bus writes itself, such as dead letters, counts in `bus.channels()`. */
  readonly published: number;
  /** Deliveries to handlers, repeated ones included. */
  readonly received: number;
  /** Deliveries that a handler finished without an error. */
  readonly acknowledged: number;
  /** Attempts that failed. */
  readonly failed: number;
  /** Attempts that were scheduled again. */
  readonly retried: number;
  /** Events given up. */
  readonly deadLettered: number;
  /** Events that expired before a group handled them (dead-lettered or dropped). */
  readonly expired: number;
}

/** The same over all channels, and a little more. */
export interface BusMetrics extends ChannelMetrics {
  readonly publishedByPriority: Readonly<Record<Priority, number>>;
  /** Publishes that returned an earlier id because of `dedupeKey` or a repeated id. */
  readonly deduplicated: number;
  readonly isConnected: boolean;
  readonly activeSubscriptions: number;
}

/** A channel that is declared or holds events. */
export interface ChannelReport {
  readonly name: string;
  readonly declared: boolean;
  readonly retentionMs: number;
  /** Events stored now. */
  readonly events: number;
  /** Bytes of encoded events stored now. */
  readonly bytes: number;
  /** Events ever stored on it, by every process, dead letters and alerts included; as far back as the store remembers. */
  readonly published: number;
  readonly carries: string | null;
}

/** A durable subscription. */
export interface GroupReport {
  readonly name: string;
  readonly pattern: string;
  readonly types: readonly string[] | null;
  readonly ordered: boolean;
  /** Members connected now. */
  readonly members: number;
  /** Events not handled yet: backlog, in hand, and waiting for a retry. */
  readonly lag: number;
  readonly inFlight: number;
  readonly waitingForRetry: number;
  /** Age of the oldest event not handled yet; null when there is none. */
  readonly oldestUnhandledMs: number | null;
  /** When a member was last connected, RFC 3339. */
  readonly lastSeenAt: string;
}

/** What an acknowledged publish survives. `memory`: nothing, the events end with the process. */
export type DurabilityReport = 'fsync' | 'process' | 'memory' | 'unknown';

/** What it costs and means that a process polls its store instead of being told. */
export interface PollingReport {
  /** Commands that this process sends in an hour, by the last minutes. */
  readonly commandsPerHour: number;
  /** Until the next poll; events of other processes wait so long. */
  readonly pauseMs: number;
  /** A process that was killed is taken over within this time. */
  readonly takeoverMsMax: number;
}

/** The state of the bus, with reasons. */
export interface BusHealth {
  readonly status: 'healthy' | 'degraded' | 'unhealthy';
  /** Why the status is not healthy, each a sentence. */
  readonly reasons: readonly string[];
  /** What an operator should know although all is well, such as a group that nobody reads. */
  readonly warnings: readonly string[];
  readonly engine: string;
  /** Version of the engine's software. */
  readonly version: string | null;
  readonly durability: DurabilityReport;
  /** What that means, in words. */
  readonly survives: string;
  /** How long the engine took to answer. */
  readonly pingMs: number | null;
  /** Processes or connections on the engine. */
  readonly connectedClients: number | null;
  /** Memory or file size of the engine's data. */
  readonly storedBytes: number | null;
  /** Events stored now. */
  readonly events: number | null;
  readonly groups: readonly GroupReport[];
  /** Open dead letters by reason. */
  readonly deadLetters: Readonly<Record<DeadLetterReason, number>>;
  /** Calls to the engine in a second, over the last seconds. */
  readonly commandsPerSecond: number | null;
  /** Null where the engine does not poll. */
  readonly polling: PollingReport | null;
}
