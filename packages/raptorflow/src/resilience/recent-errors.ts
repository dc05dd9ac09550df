import { maskSecrets, type Clock } from '../kernel/index.ts';
import type { CallListener } from './operation-record.ts';

/** One call that failed. */
export interface RecentError {
  /** When it failed, RFC 3339. */
  readonly timestamp: string;
  readonly operation: string;
  /** The error's code, or else its class. */
  readonly errorType: string;
  /** Cut at 500 characters. */
  readonly errorMessage: string;
  /** Time of all attempts, without waits. */
  readonly durationMs: number;
  /** Equal for errors of one operation and type whose messages differ in numbers and ids only. */
  readonly fingerprint: string;
}

/** Errors of one fingerprint among those that are kept. */
export interface ErrorGroup {
  readonly fingerprint: string;
  readonly operation: string;
  readonly errorType: string;
  /** That of the last one. */
  readonly errorMessage: string;
  /** Time of all attempts of the last one, without waits. */
  readonly durationMs: number;
  readonly occurrences: number;
  /** RFC 3339. */
  readonly firstAt: string;
  readonly lastAt: string;
}

const messageCharactersMax = 500;
const fingerprintCharactersMax = 120;
const typesMax = 1_000;

/** Keeps the last failures of calls, and counts all of them by type. */
export class RecentErrors implements CallListener {
  readonly #clock: Clock;
  readonly #errorsMax: number;
  readonly #errors: RecentError[] = [];
  readonly #types = new Map<string, number>();

  constructor(clock: Clock, errorsMax: number) {
    this.#clock = clock;
    this.#errorsMax = errorsMax;
  }

  callEnded(
    operation: string,
    durationMs: number,
    _attempts: number,
    failure: { readonly error: unknown } | undefined,
  ): void {
    if (failure === undefined) return;
    const { type, message } = describe(failure.error);
    this.#types.set(type, (this.#types.get(type) ?? 0) + 1);
    if (this.#types.size > typesMax) this.#forgetRarestType();
    this.#errors.push({
      timestamp: new Date(this.#clock.now()).toISOString(),
      operation,
      errorType: type,
      errorMessage: message.slice(0, messageCharactersMax),
      durationMs,
      fingerprint: fingerprintOf(operation, type, message),
    });
    if (this.#errors.length > this.#errorsMax) this.#errors.shift();
  }

  /** Newest first. */
  list(limit: number): RecentError[] {
    return this.#errors.slice(Math.max(0, this.#errors.length - limit)).toReversed();
  }

  /** The most frequent first. */
  groups(limit: number): ErrorGroup[] {
    const groups = new Map<string, ErrorGroup>();
    for (const { fingerprint, operation, errorType, errorMessage, durationMs, timestamp } of this.#errors) {
      const before = groups.get(fingerprint);
      groups.set(fingerprint, {
        fingerprint,
        operation,
        errorType,
        errorMessage,
        durationMs,
        occurrences: (before?.occurrences ?? 0) + 1,
        firstAt: before?.firstAt ?? timestamp,
        lastAt: timestamp,
      });
    }
    return [...groups.values()].toSorted((a, b) => b.occurrences - a.occurrences).slice(0, limit);
  }

  /** The most frequent types of all failures so far, with their numbers. */
  topTypes(limit: number): [type: string, count: number][] {
    return [...this.#types].toSorted(([, a], [, b]) => b - a).slice(0, limit);
  }

  clear(): void {
    this.#errors.length = 0;
    this.#types.clear();
  }

  #forgetRarestType(): void {
    const [rarest] = [...this.#types].toSorted(([, a], [, b]) => a - b);
    if (rarest) this.#types.delete(rarest[0]);
  }
}

function describe(error: unknown): { readonly type: string; readonly message: string } {
  if (typeof error !== 'object' || error === null)
    return { type: typeof error, message: maskSecrets(String(error)) };
  const code = 'code' in error && typeof error.code === 'string' ? error.code : undefined;
  const name = 'name' in error && typeof error.name === 'string' ? error.name : 'Error';
  const message = 'message' in error && typeof error.message === 'string' ? error.message : '';
  return { type: code ?? name, message: maskSecrets(message) };
}

/** Ids, addresses and numbers vary from one occurrence to the next; the words around them do not. */
function fingerprintOf(operation: string, type: string, message: string): string {
  const words = message
    .slice(0, messageCharactersMax)
    .replaceAll(/\b(?=[0-9a-z_-]*\d)[0-9a-z_-]{2,}\b|\d+/gi, '#')
    .slice(0, fingerprintCharactersMax);
  return `${operation}|${type}|${words}`;
}
