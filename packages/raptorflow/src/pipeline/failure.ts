import { isRaptorFlowError, maskSecrets } from '../kernel/index.ts';
import type { FailureStage } from './counts.ts';
import type { FailedItem, ItemAttempt } from './dead-letter.ts';
import type { ItemPosition } from './source.ts';

/** What a run that is begun again does, for messages. */
export const goesOn =
  'with a checkpoint store and the same id it goes on, without one from the beginning, and items keep their keys';

/** Attempts that a dead letter remembers; the newest are kept. */
const attemptsMax = 20;
const messageCharsMax = 300;
const textCharsMax = 2 * 1024;

/** A reading on its way through a batch. */
export interface Pending<In, Out> {
  readonly key: string;
  readonly position: ItemPosition | null;
  readonly item: In;
  value: Out;
  readonly attempts: ItemAttempt[];
}

/** What a failed item is made of. */
export interface FailureParts {
  readonly key: string;
  readonly stage: FailureStage;
  readonly item: unknown;
  readonly text?: string;
  readonly position: ItemPosition | null;
  readonly error: unknown;
  readonly attempts: readonly ItemAttempt[];
}

/** The run that items fail in. */
export interface FailingRun {
  readonly pipeline: string;
  readonly run: string;
  readonly runStartedAt: number;
}

/** A failed item with everything that grows cut to its limits. */
export function failedItem(run: FailingRun, parts: FailureParts): FailedItem {
  const { error } = parts;
  const known = error instanceof Error;
  return {
    ...run,
    key: parts.key,
    stage: parts.stage,
    item: parts.item,
    text: parts.text === undefined ? null : parts.text.slice(0, textCharsMax),
    position: parts.position,
    error: {
      name: known ? error.name.slice(0, messageCharsMax) : 'Error',
      message: cut(known ? error.message : String(error)),
      code: codeOf(error),
    },
    attempts: parts.attempts,
  };
}

/** Notes one attempt at an item, forgetting the oldest beyond the limit. */
export function noteAttempt(attempts: ItemAttempt[], attempt: ItemAttempt): void {
  if (attempts.length >= attemptsMax) attempts.shift();
  attempts.push(attempt);
}

/** Name and message of anything that was thrown, cut. */
export function wordsOf(error: unknown): string {
  return cut(error instanceof Error ? `${error.name}: ${error.message}` : String(error));
}

function codeOf(error: unknown): string | null {
  if (isRaptorFlowError(error)) return error.code;
  const code = typeof error === 'object' && error !== null && 'code' in error ? error.code : null;
  return typeof code === 'string' ? code.slice(0, messageCharsMax) : null;
}

function cut(given: string): string {
  const text = maskSecrets(given.slice(0, 4 * messageCharsMax));
  return text.length <= messageCharsMax ? text : `${text.slice(0, messageCharsMax)}…`;
}
