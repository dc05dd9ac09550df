import type { Contract } from './contract.ts';

const secondMs = 1_000;
const hourMs = 3_600_000;
const dayMs = 86_400_000;

/** Why an event became a dead letter. */
export type DeadLetterReason =
  | 'max_retries_exceeded'
  | 'schema_violation'
  | 'routing_error'
  | 'processing_timeout'
  | 'expired'
  | 'loop_detected';

/** Every reason; each has its channel `sys.dlq.<reason>`. */
export const deadLetterReasons: readonly DeadLetterReason[] = [
  'max_retries_exceeded',
  'schema_violation',
  'routing_error',
  'processing_timeout',
  'expired',
  'loop_detected',
];

/** How much a channel may hold; publishing beyond is refused as `exhausted`. */
export interface ChannelLimits {
  readonly eventsMax?: number | undefined;
  /** Bytes of encoded events. */
  readonly bytesMax?: number | undefined;
}

/** What is known about a channel, or about all channels of a pattern. */
export interface ChannelDeclaration {
  /** A channel name, or a pattern for families of channels such as `sys.reply.*`. An exact name wins over a pattern. */
  readonly name: string;
  /** How long events are kept. Default 1 hour. */
  readonly retentionMs?: number | undefined;
  /** What happens to an event that expires before a group handled it. Default `dead_letter`. */
  readonly expired?: 'dead_letter' | 'drop' | undefined;
  /** If given, only these event types may be published here, and their payloads are checked by these contracts. */
  readonly contracts?: readonly Contract[] | undefined;
  readonly limits?: ChannelLimits | undefined;
  /** One sentence for the reference. */
  readonly carries?: string | undefined;
}

/** How long an undeclared channel keeps its events. */
export const defaultRetentionMs: number = hourMs;

/** Channels that the library itself knows. Guild channels are declared by whoever has guilds. */
export const standardChannels: readonly ChannelDeclaration[] = Object.freeze([
  {
    name: 'sys.global.heartbeat',
    retentionMs: 60 * secondMs,
    expired: 'drop',
    carries: 'Every agent, every 30 s; an agent without one for 90 s is dead.',
  },
  { name: 'sys.alert.critical', retentionMs: dayMs, carries: 'Alerts that somebody must look at now.' },
  { name: 'sys.alert.warning', retentionMs: dayMs, carries: 'Alerts that can wait a little.' },
  {
    name: 'sys.state.update',
    retentionMs: hourMs,
    expired: 'drop',
    carries: 'What the dashboard shows live.',
  },
  {
    name: 'sys.workspace.lifecycle',
    retentionMs: 7 * dayMs,
    carries: 'Workspaces and members: created, changed, removed.',
  },
  {
    name: 'sys.reply.*',
    retentionMs: 60 * secondMs,
    expired: 'drop',
    carries: 'Replies to requests, one channel a process.',
  },
  ...deadLetterReasons.map((reason): ChannelDeclaration => ({
    name: `sys.dlq.${reason}`,
    retentionMs: 30 * dayMs,
    expired: 'drop',
    carries: `Dead letters: ${reason}.`,
  })),
]);

/** The channel of a reason's dead letters. */
export function deadLetterChannel(reason: DeadLetterReason): string {
  return `sys.dlq.${reason}`;
}

/** Whether a channel holds dead letters. */
export function isDeadLetterChannel(channel: string): boolean {
  return channel.startsWith('sys.dlq.');
}
