import type { z } from 'zod';

/** What an action is told about its run. */
export interface CleanupContext {
  readonly taskId: string;
  /** The first attempt is 1. */
  readonly attempt: number;
  /** The time of the schedule that the run is for, epoch milliseconds; null without one. */
  readonly occurrenceAt: number | null;
  /**
   * Grows with each run of the task in any process. An action that writes elsewhere hands it on, so that the other side can refuse a run whose place
   * another process has taken.
   */
  readonly fencingToken: number;
  /** Aborts when the attempt times out, the scheduler stops, or another process has taken the run over. The action ends soon after. */
  readonly signal: AbortSignal;
}

/** What an action did. */
export interface CleanupEffect {
  readonly resourcesCleaned?: number;
  readonly bytesFreed?: number;
  /** One sentence. */
  readonly message?: string;
}

/** Work that tasks name. It may be begun again after a crash, so doing it twice must be harmless. */
export interface CleanupAction {
  /** One sentence. */
  readonly description: string;
  /** What the parameters of a task have to be; strict, so that unknown ones are refused. */
  readonly parameters: z.ZodType;
  /** Parameters as the schema has parsed them. What it throws fails the attempt. */
  run(parameters: unknown, context: CleanupContext): Promise<CleanupEffect | void>;
}

/** Actions by their names, such as `resources.cleanup`. */
export type CleanupActions = Readonly<Record<string, CleanupAction>>;

/** Types an action by its schema: `run` gets what the schema gives. */
export function defineCleanupAction<Schema extends z.ZodType>(action: {
  readonly description: string;
  readonly parameters: Schema;
  readonly run: (parameters: z.output<Schema>, context: CleanupContext) => Promise<CleanupEffect | void>;
}): CleanupAction {
  return Object.freeze({
    description: action.description,
    parameters: action.parameters,
    run: (parameters: unknown, context: CleanupContext) =>
      action.run(parameters as z.output<Schema>, context),
  });
}
