import { isRaptorFlowError, systemClock, type Clock } from '../kernel/index.ts';

/**
 * What a failure says about trying again:
 * - `retryable`: the other side may answer next time;
 * - `permanent`: the same call will fail again, or was given up on purpose;
 * - `throttled`: the other side works, but wants to be asked again after a while.
 */
export type Classification =
  | { readonly kind: 'retryable' }
  | { readonly kind: 'permanent' }
  | { readonly kind: 'throttled'; readonly retryAfterMs: number };

const retryable: Classification = Object.freeze({ kind: 'retryable' });
const permanent: Classification = Object.freeze({ kind: 'permanent' });
const throttled = (retryAfterMs: number): Classification => ({ kind: 'throttled', retryAfterMs });

/** Errors of Node and undici that say the network failed, not the request. */
const networkCodes: ReadonlySet<string> = new Set([
  'EAI_AGAIN',
  'ECONNABORTED',
  'ECONNREFUSED',
  'ECONNRESET',
  'EHOSTUNREACH',
  'ENETDOWN',
  'ENETUNREACH',
  'ENOTFOUND',
  'EPIPE',
  'ETIMEDOUT',
  'UND_ERR_BODY_TIMEOUT',
  'UND_ERR_CONNECT_TIMEOUT',
  'UND_ERR_HEADERS_TIMEOUT',
  'UND_ERR_SOCKET',
]);

/** Errors that a program makes by itself; calling it again changes nothing. */
const programmingErrors: ReadonlySet<string> = new Set([
  'AbortError',
  'EvalError',
  'RangeError',
  'ReferenceError',
  'SyntaxError',
  'TypeError',
  'URIError',
  'ZodError',
]);

const causesMax = 8;

/**
 * Sorts an error. Ours follow their catalogue; foreign ones are judged by their HTTP status (`status` or `statusCode`,
 * with `Retry-After` of `responseHeaders` or `headers`), then by network codes along their causes, then by class.
 * An error of which nothing is known counts as retryable.
 */
export function classify(error: unknown, clock: Clock = systemClock): Classification {
  if (isRaptorFlowError(error)) {
    if (error.retryAfterMs !== undefined && error.retryable) return throttled(error.retryAfterMs);
    return error.retryable ? retryable : permanent;
  }
  const status = statusOf(error);
  if (status !== undefined) return classifyStatus(status, error, clock);
  let cause = error;
  for (let depth = 0; depth < causesMax && isRecord(cause); depth += 1) {
    if (typeof cause['code'] === 'string' && networkCodes.has(cause['code'])) return retryable;
    cause = cause['cause'];
  }
  const name = isRecord(error) ? error['name'] : undefined;
  return typeof name === 'string' && programmingErrors.has(name) ? permanent : retryable;
}

function classifyStatus(status: number, error: unknown, clock: Clock): Classification {
  const retryAfterMs = parseRetryAfter(retryAfterOf(error), clock.now());
  if ((status === 429 || status === 503) && retryAfterMs !== undefined) return throttled(retryAfterMs);
  return status === 408 || status === 425 || status === 429 || status >= 500 ? retryable : permanent;
}

/**
 * Milliseconds to wait, from the value of an HTTP `Retry-After` header: seconds, or a date (RFC 9110, section 10.2.3).
 * Undefined when it is absent or neither.
 */
export function parseRetryAfter(value: string | null | undefined, nowMs: number): number | undefined {
  const text = value?.trim();
  if (!text) return undefined;
  if (/^\d+(\.\d+)?$/.test(text)) return Math.ceil(Number(text) * 1_000);
  const date = Date.parse(text);
  return Number.isNaN(date) ? undefined : Math.max(0, date - nowMs);
}

function statusOf(error: unknown): number | undefined {
  if (!isRecord(error)) return undefined;
  const status = error['statusCode'] ?? error['status'];
  return typeof status === 'number' && status >= 100 && status <= 599 ? status : undefined;
}

function retryAfterOf(error: unknown): string | undefined {
  if (!isRecord(error)) return undefined;
  const headers = error['responseHeaders'] ?? error['headers'];
  if (headers instanceof Headers) return headers.get('retry-after') ?? undefined;
  if (!isRecord(headers)) return undefined;
  const value = headers['retry-after'] ?? headers['Retry-After'];
  return typeof value === 'string' ? value : undefined;
}

function isRecord(value: unknown): value is Record<string, unknown> {
  return typeof value === 'object' && value !== null;
}
