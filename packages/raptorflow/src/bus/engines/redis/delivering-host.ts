import type { ChannelPolicy, EngineHost } from '../../engine.ts';
import type { Connection } from './connection.ts';
import type { Member } from './member.ts';
import type { PartitionTurns } from './partition-turns.ts';

/** What delivering needs of the engine. */
export interface DeliveringHost {
  readonly partitions: number;
  readonly connection: Connection;
  readonly engine: EngineHost;
  keyOf(partition: number): string;
  sessionId(): string;
  policyOf(channel: string): ChannelPolicy;
  turnsOf(partition: number): PartitionTurns;
  /** A member has left its group for good. */
  forget(member: Member): Promise<void>;
}

/** What a sweep claimed because it had expired. */
export interface Casualties {
  readonly group: string;
  readonly record: string;
  readonly base: number;
  readonly items: readonly string[];
}
