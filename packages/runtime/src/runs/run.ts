import type { JsonValue } from '../models/model.ts';

/** The states of a run, in the words of the wire. */
export const runStatuses = [
  'queued',
  'running',
  'waiting',
  'completed',
  'failed',
  'cancelled',
  'interrupted',
] as const;

/** One of `runStatuses`. */
export type RunStatus = (typeof runStatuses)[number];

/**
 * What may follow what.
 *
 * - `queued`: stored, waits for a place or an executor.
 * - `running`: one executor writes its journal. A later executor takes over from a dead one; the earlier can then write
 *   no more. (`running` → `running`)
 * - `waiting`: stands still until a person answers a question or says whether an interrupted tool took effect.
 * - `interrupted`: its process stopped in order and left it for later.
 * - `completed`, `failed`, `cancelled`: final.
 */
export const runTransitions: Readonly<Record<RunStatus, readonly RunStatus[]>> = Object.freeze({
  queued: ['running', 'cancelled'],
  running: ['running', 'waiting', 'completed', 'failed', 'cancelled', 'interrupted'],
  waiting: ['queued', 'cancelled'],
  interrupted: ['running', 'cancelled'],
  completed: [],
  failed: [],
  cancelled: [],
});

/** Whether a run in this state will never change again. */
export function isFinal(status: RunStatus): boolean {
  return runTransitions[status].length === 0;
}

/** What a waiting run waits for. */
export type WaitReason =
  | { readonly kind: 'question'; readonly step: string; readonly question: JsonValue }
  | { readonly kind: 'uncertain_step'; readonly step: string; readonly tool: string };

/** A failure as it is stored and told. */
export interface RunError {
  readonly code: string;
  readonly message: string;
}

/** The state of a run with what belongs to it. Times are RFC 3339. */
export type RunState =
  | { readonly status: 'queued' }
  | { readonly status: 'running' }
  | { readonly status: 'waiting'; readonly reason: WaitReason }
  | { readonly status: 'interrupted' }
  | { readonly status: 'completed'; readonly completedAt: string; readonly output: JsonValue }
  | { readonly status: 'failed'; readonly completedAt: string; readonly error: RunError }
  | { readonly status: 'cancelled'; readonly completedAt: string; readonly error: RunError };

/** A run as it is stored. */
export interface Run {
  readonly id: string;
  readonly workspaceId: string;
  readonly agentId: string | null;
  /** The guild that its calls are charged to. */
  readonly guild: string | null;
  readonly campaignId: string | null;
  readonly parentRunId: string | null;
  readonly correlationId: string | null;
  /** The budget of the chain of events that it was started for: its calls are charged to it as well. */
  readonly budgetId: string | null;
  /** The event that it was started for, if it was started for one. */
  readonly causationId: string | null;
  /** What it does, for people and statistics: `task`, `research`, `war_brief`. */
  readonly runType: string;
  /** What makes it the only one of its kind, or null. */
  readonly key: string | null;
  /** The full id of the model that answered last; null until one has. */
  readonly model: string | null;
  readonly input: JsonValue;
  readonly state: RunState;
  /** How often it was begun: 1 without interruption. */
  readonly executions: number;
  /** Entries in its journal. */
  readonly entries: number;
  readonly costMicroUsd: number;
  readonly inputTokens: number;
  readonly outputTokens: number;
  readonly createdAt: string;
  readonly startedAt: string | null;
  readonly completedAt: string | null;
}

/** What a new run is given. */
export interface StartRun {
  readonly workspaceId: string;
  readonly runType: string;
  readonly input: JsonValue;
  readonly agentId?: string;
  /** The guild that its calls are charged to. */
  readonly guild?: string;
  readonly campaignId?: string;
  readonly parentRunId?: string;
  readonly correlationId?: string;
  /** The `budget_id` of the event that it is started for. */
  readonly budgetId?: string;
  /** The event that it is started for. */
  readonly causationId?: string;
  /** Makes starting idempotent: a second start with the same key in the workspace answers the first one's run. */
  readonly key?: string;
}
