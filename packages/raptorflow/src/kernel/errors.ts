import { errorCatalogue } from './error-catalogue.ts';
import type { ErrorCode, ErrorKind } from './error-code.ts';

// Two copies of the library in one process must recognise each other's errors, so the brand is a registered symbol.
const brand = Symbol.for('raptorflow.error');

/** What may accompany an error. */
export interface ErrorExtras {
  /** Facts for programs: ids, limits, figures. Never secrets. */
  readonly details?: Readonly<Record<string, unknown>>;
  readonly cause?: unknown;
  /** Overrides the catalogue where this very case differs. */
  readonly retryable?: boolean;
  /** Milliseconds after which a retry makes sense, as told by the other side. */
  readonly retryAfterMs?: number;
}

/** The only error class of the product. Recognise it by code (`isRaptorFlowError(error, 'timeout')`), never by identity of the class. */
export class RaptorFlowError extends Error {
  readonly code: ErrorCode;
  readonly kind: ErrorKind;
  readonly retryable: boolean;
  readonly details: Readonly<Record<string, unknown>>;
  readonly retryAfterMs: number | undefined;

  constructor(code: ErrorCode, message: string, extras: ErrorExtras = {}) {
    super(message, extras.cause === undefined ? undefined : { cause: extras.cause });
    this.name = 'RaptorFlowError';
    const known = errorCatalogue[code];
    this.code = code;
    this.kind = known.kind;
    this.retryable = extras.retryable ?? known.retryable;
    this.details = Object.freeze({ ...extras.details });
    this.retryAfterMs = extras.retryAfterMs;
    Object.defineProperty(this, brand, { value: true });
  }
}

/** Whether `value` is an error of ours, of any copy of the library, and, when given, of this code. */
export function isRaptorFlowError(value: unknown, code?: ErrorCode): value is RaptorFlowError {
  if (typeof value !== 'object' || value === null || !(brand in value)) return false;
  return code === undefined || ('code' in value && value.code === code);
}

/** `value` itself when it is ours; otherwise wrapped, with the foreign error as its cause. */
export function toRaptorFlowError(value: unknown, code: ErrorCode = 'internal'): RaptorFlowError {
  if (isRaptorFlowError(value)) return value;
  const message = value instanceof Error ? value.message : String(value);
  return new RaptorFlowError(code, message, { cause: value });
}

/** Stops the program's present work because of a bug: the condition can only be false if our own code is wrong. */
export function invariant(condition: unknown, message: string): asserts condition {
  if (!condition) throw new RaptorFlowError('internal', `Broken invariant: ${message}`);
}
