import type { MessagePort } from 'node:worker_threads';
import { RaptorFlowError, type ErrorCode } from '../kernel/index.ts';
import type { Durability, SqliteLimits } from './sqlite-options.ts';

/** An error on its way between threads. */
export interface WireError {
  readonly code: ErrorCode;
  readonly message: string;
  readonly details: Readonly<Record<string, unknown>>;
  readonly retryable: boolean;
  readonly retryAfterMs: number | undefined;
  /** Where it was thrown, for errors that are nobody's expectation. */
  readonly stack: string | undefined;
}

/** Asks a thread to open a file; what is about it goes over its port. */
export interface OpenMessage {
  readonly path: string;
  readonly program: string;
  readonly programOptions?: unknown;
  readonly durability: Durability;
  readonly limits: Required<SqliteLimits>;
  readonly port: MessagePort;
}

/** To the thread itself; `end` once it has no file any more. */
export type ThreadMessage = OpenMessage | 'end';

/** From a file's owner to the worker. Answers to `calls`, `step` and `end` come in the order of asking, each kind for itself. */
export type OwnerMessage =
  | { readonly kind: 'calls'; readonly names: readonly number[]; readonly args: readonly unknown[] }
  | { readonly kind: 'begin' }
  | { readonly kind: 'step'; readonly name: number; readonly args: unknown }
  | { readonly kind: 'end'; readonly outcome: 'commit' | 'rollback' }
  | {
      readonly kind: 'maintain';
      readonly id: number;
      readonly task: MaintenanceTask;
    }
  | { readonly kind: 'stop' };

/** Work on the file as a whole. */
export type MaintenanceTask =
  | { readonly kind: 'backup'; readonly path: string }
  | { readonly kind: 'size' }
  | { readonly kind: 'check'; readonly depth: 'quick' | 'full' };

/** From the worker to a file's owner. */
export type WorkerMessage =
  | { readonly kind: 'ready'; readonly operations: readonly string[]; readonly uncleanStop: boolean }
  | { readonly kind: 'refused'; readonly error: WireError }
  | CommittedMessage
  | { readonly kind: 'step'; readonly value: unknown; readonly error: WireError | undefined }
  /** Housekeeping failed; nobody waits for it. */
  | { readonly kind: 'trouble'; readonly error: WireError }
  | {
      readonly kind: 'maintained';
      readonly id: number;
      readonly value: unknown;
      readonly error: WireError | undefined;
    };

/** Everything that one commit covers. */
export interface CommittedMessage {
  readonly kind: 'committed';
  /** Results of calls, in order; a failed call has a hole here and its row in `failures`. */
  readonly results: readonly unknown[];
  readonly failures: readonly (readonly [index: number, error: WireError])[];
  /** Outcomes of transactions that ended, in order. */
  readonly ended: readonly (WireError | undefined)[];
  readonly notifications: readonly unknown[];
}

/** Packs an error of ours for the other thread. */
export function toWireError(error: RaptorFlowError): WireError {
  return {
    code: error.code,
    message: error.message,
    details: cloneable(error.details),
    retryable: error.retryable,
    retryAfterMs: error.retryAfterMs,
    stack: error.code === 'internal' ? stackOf(error) : undefined,
  };
}

function stackOf(error: RaptorFlowError): string | undefined {
  const { cause } = error;
  return cause instanceof Error ? cause.stack : error.stack;
}

function cloneable(details: Readonly<Record<string, unknown>>): Readonly<Record<string, unknown>> {
  try {
    return structuredClone(details);
  } catch {
    const texts: Record<string, unknown> = {};
    for (const [key, value] of Object.entries(details)) texts[key] = String(value);
    return texts;
  }
}

/** Unpacks it: again an error of ours, with the stack of the other thread as its cause where there is one. */
export function fromWireError(error: WireError): RaptorFlowError {
  return new RaptorFlowError(error.code, error.message, {
    details: error.details,
    retryable: error.retryable,
    ...(error.retryAfterMs === undefined ? {} : { retryAfterMs: error.retryAfterMs }),
    ...(error.stack === undefined ? {} : { cause: error.stack }),
  });
}
