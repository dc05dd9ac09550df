import type { Kysely, QueryExecutorProvider } from 'kysely';
import type { Clock, Logger, Service } from 'raptorflow/kernel';
import type { ResourceScope } from 'raptorflow/resources';
import type { DialectName, TableCatalogue } from './declarations.ts';
import type { QueryMeters } from './query-meters.ts';
import type { AddedStatement } from './writing.ts';

/** Under whose eyes a statement runs. */
export type Scope = { readonly kind: 'system' } | { readonly kind: 'workspace'; readonly id: string };

/**
 * One of the two engines behind the relational core. Statements are given to the Kysely instances that it makes; it knows
 * connections, transactions and the engine's own protection, and nothing about tables' meaning.
 */
export interface Engine extends Service {
  readonly dialect: DialectName;
  /** A query builder whose statements and transactions run under this scope. Cheap; holds nothing. */
  open<Tables>(scope: Scope): Kysely<Tables>;
  /**
   * Runs `work` in one transaction that no other process's migration shares, with the rights of the owner of the tables.
   * Nothing of it remains when it throws.
   */
  migrate(work: (db: Kysely<unknown>) => Promise<void>): Promise<void>;
  /** Brings the engine's own walls between workspaces up to date; called inside `migrate`, after the steps. */
  protect(db: Kysely<unknown>, tables: TableCatalogue): Promise<void>;
  /** Rejects with `unavailable` when the engine does not answer. */
  ping(): Promise<void>;
  /**
   * Wakes the outbox's relay: calls `wake` when a process, this one included, has committed events. Resolves with the way to stop.
   */
  watchOutbox(wake: () => void): Promise<() => Promise<void>>;
  /**
   * Runs statements in one transaction under this scope and in one trip; with `announces`, tells of events that are committed with them.
   * Rejects with what the first one failed with, and `serialization_conflict` for one that changed another number of rows.
   */
  writeAll(scope: Scope, statements: readonly AddedStatement[], announces: boolean): Promise<void>;
  /** Announces, inside a transaction, that events are committed with it. */
  announceOutbox(db: QueryExecutorProvider): Promise<void>;
}

/** Calls `attempt` until it resolves or nothing more is to be hoped for. */
export type Connecting = <T>(attempt: () => Promise<T>) => Promise<T>;

/** What engines are given. */
export interface EngineDependencies {
  readonly clock: Clock;
  readonly log: Logger;
  readonly meters: QueryMeters;
  /** Where connections are registered while somebody has taken them. */
  readonly resources: ResourceScope | undefined;
  /** Makes the first connection to a server. */
  readonly connecting: Connecting;
}
