import { isRaptorFlowError, type Clock } from '../../kernel/index.ts';
import type { Backoff, Executor } from '../../resilience/index.ts';
import type { CleanupAction, CleanupContext, CleanupEffect } from './action.ts';
import type { Holding } from './record.ts';
import type { CleanupResult, CleanupTaskDefinition } from './task.ts';

/** One run of a task, as its action sees it and as it ends. */
export interface RunParts {
  readonly id: string;
  readonly task: CleanupTaskDefinition;
  readonly action: CleanupAction;
  readonly holding: Holding;
  readonly executor: Executor;
  readonly clock: Clock;
  /** Ends the run; its reason is the error of the result. */
  readonly signal: AbortSignal;
}

/** How a run ended, and when its action is really over. */
export interface RunEnd {
  readonly result: CleanupResult;
  /** Undefined when nothing of it works any more; otherwise resolves then, for an action that did not heed its signal. */
  readonly lingering: Promise<void> | undefined;
}

/** Calls the action with the timeout and retries of its task. Never rejects. */
export async function runAction(parts: RunParts): Promise<RunEnd> {
  const { task, action, holding, clock } = parts;
  const startedAt = clock.now();
  const beganAt = clock.monotonic();
  let attempts = 0;
  let working: Promise<void> | undefined;
  const attempt = async (number: number, signal: AbortSignal): Promise<CleanupEffect> => {
    // An attempt that was given up may work on; a second one beside it would be an overlap.
    await working;
    signal.throwIfAborted();
    attempts = number;
    const context: CleanupContext = {
      taskId: task.id,
      attempt: number,
      occurrenceAt: holding.at,
      fencingToken: holding.token,
      signal,
    };
    const work = (async () => (await action.run(action.parameters.parse(task.parameters), context)) ?? {})();
    const settled = work
      .then(
        () => undefined,
        () => undefined,
      )
      .then(() => {
        if (working === settled) working = undefined;
      });
    working = settled;
    return work;
  };
  const outcome = await settle(() =>
    parts.executor.execute(`cleanup.${task.action}`, ({ number, signal }) => attempt(number, signal), {
      retry: pauses(task),
      timeoutMs: task.attempts.timeoutMs,
      breaker: false,
      bulkhead: false,
      signal: parts.signal,
    }),
  );
  // What was settled in this turn of the event loop is not lingering.
  await Promise.resolve();
  const times = { startedAt, completedAt: clock.now(), durationMs: clock.monotonic() - beganAt };
  return {
    result: resultOf(parts, outcome, { ...times, attempt: Math.max(attempts, 1) }),
    lingering: working,
  };
}

type Outcome = { readonly effect: CleanupEffect } | { readonly error: unknown };

async function settle(run: () => Promise<CleanupEffect>): Promise<Outcome> {
  try {
    return { effect: await run() };
  } catch (error) {
    return { error };
  }
}

function pauses({ attempts }: CleanupTaskDefinition): Backoff | false {
  if (attempts.retriesMax === 0) return false;
  return {
    retriesMax: attempts.retriesMax,
    delayMs: (retry) => (retry > attempts.retriesMax ? undefined : attempts.retryDelayMs),
  };
}

const messageCharsMax = 1_000;

function resultOf(
  { id, task, holding }: RunParts,
  outcome: Outcome,
  times: Pick<CleanupResult, 'startedAt' | 'completedAt' | 'durationMs' | 'attempt'>,
): CleanupResult {
  const about = {
    id,
    taskId: task.id,
    trigger: holding.trigger,
    occurrenceAt: holding.at,
    processId: holding.processId,
    ...times,
  };
  if ('effect' in outcome) {
    const { message = '', resourcesCleaned, bytesFreed } = outcome.effect;
    return {
      ...about,
      success: true,
      message: message.slice(0, messageCharsMax),
      resourcesCleaned: amount(resourcesCleaned),
      bytesFreed: amount(bytesFreed),
      error: null,
    };
  }
  const error = errorOf(outcome.error);
  return { ...about, success: false, message: error.message, resourcesCleaned: 0, bytesFreed: 0, error };
}

function amount(value: number | undefined): number {
  return value !== undefined && Number.isFinite(value) && value > 0 ? value : 0;
}

/** An error as a result keeps it. */
function errorOf(error: unknown): { readonly code: string; readonly message: string } {
  const message = (error instanceof Error ? error.message : String(error)).slice(0, messageCharsMax);
  return { code: isRaptorFlowError(error) ? error.code : 'internal', message };
}
