import { APICallError } from '@ai-sdk/provider';
import { isRaptorFlowError, RaptorFlowError } from 'raptorflow/kernel';

/** What is known about a request when it failed. */
export interface FailureContext {
  readonly provider: string;
  readonly modelId: string;
  /** False only when the request provably never reached the provider. */
  readonly requestLeft: boolean;
  readonly signal: AbortSignal | undefined;
}

// No connection was made, so nothing can have been read, let alone billed.
const neverConnected = new Set(['ECONNREFUSED', 'ENOTFOUND', 'EAI_AGAIN', 'UND_ERR_CONNECT_TIMEOUT']);

/** A provider's failure in our words: the codes that `ModelProvider` promises, with what decides about money in the details. */
export function toModelFailure(error: unknown, context: FailureContext): RaptorFlowError {
  const { provider, modelId } = context;
  const details = { provider, model: modelId, requestLeft: context.requestLeft };
  if (context.signal?.aborted === true) {
    return new RaptorFlowError('cancelled', `The call of ${modelId} was cancelled.`, {
      details,
      cause: context.signal.reason,
    });
  }
  if (isRaptorFlowError(error)) return error;
  const status = statusOf(error);
  const message = error instanceof Error ? error.message : describe(error);
  if (status === undefined) {
    const requestLeft = context.requestLeft && !neverConnected.has(networkCodeOf(error) ?? '');
    return new RaptorFlowError('model_unavailable', `${provider} did not answer for ${modelId}: ${message}`, {
      details: { ...details, requestLeft },
      cause: error,
    });
  }
  const withStatus = { ...details, status };
  if (status === 429) {
    const retryAfterMs = retryAfterOf(error);
    return new RaptorFlowError('model_throttled', `${provider} throttles ${modelId}: ${message}`, {
      details: withStatus,
      cause: error,
      ...(retryAfterMs === undefined ? {} : { retryAfterMs }),
    });
  }
  if (status >= 500 || status === 408) {
    const retryAfterMs = retryAfterOf(error);
    return new RaptorFlowError(
      'model_unavailable',
      `${provider} failed for ${modelId} (${status}): ${message}`,
      {
        details: withStatus,
        cause: error,
        ...(retryAfterMs === undefined ? {} : { retryAfterMs }),
      },
    );
  }
  return new RaptorFlowError(
    'model_refused',
    `${provider} refused the call of ${modelId} (${status}): ${message}`,
    {
      details: withStatus,
      cause: error,
    },
  );
}

/**
 * Whether a failed attempt can have cost nothing: the request never left, or the provider turned it away before it
 * worked on it (429, 503, 529, every 3xx, and every 4xx but 408). Everything else may have been billed.
 */
export function provablyUnbilled(error: RaptorFlowError): boolean {
  if (error.details['requestLeft'] === false) return true;
  const status = error.details['status'];
  if (typeof status !== 'number' || error.details['streamed'] === true) return false;
  return status === 503 || status === 529 || (status >= 300 && status < 500 && status !== 408);
}

function statusOf(error: unknown): number | undefined {
  if (APICallError.isInstance(error)) {
    // An answer that arrived but could not be read has status 200: as far as the caller is concerned, none came.
    return error.statusCode !== undefined && error.statusCode >= 400 ? error.statusCode : undefined;
  }
  if (typeof error === 'object' && error !== null && 'statusCode' in error) {
    return typeof error.statusCode === 'number' ? error.statusCode : undefined;
  }
  return undefined;
}

function networkCodeOf(error: unknown): string | undefined {
  let current: unknown = error;
  for (let depth = 0; depth < 5 && current instanceof Error; depth += 1) {
    if ('code' in current && typeof current.code === 'string') return current.code;
    current = current.cause;
  }
  return undefined;
}

function describe(error: unknown): string {
  if (typeof error === 'object' && error !== null && 'message' in error) return String(error.message);
  return String(error);
}

/** `Retry-After` (seconds or a date) or `retry-after-ms`, in milliseconds. */
function retryAfterOf(error: unknown): number | undefined {
  if (!APICallError.isInstance(error)) return undefined;
  const headers = error.responseHeaders ?? {};
  const milliseconds = Number(headers['retry-after-ms']);
  if (headers['retry-after-ms'] !== undefined && milliseconds >= 0) return milliseconds;
  const text = headers['retry-after'];
  if (text === undefined) return undefined;
  const seconds = Number(text);
  if (Number.isFinite(seconds)) return Math.max(0, Math.ceil(seconds * 1_000));
  const at = Date.parse(text);
  // The server's own Date header, so that neither clock has to be right.
  const now = Date.parse(headers['date'] ?? '');
  return Number.isNaN(at) || Number.isNaN(now) ? undefined : Math.max(0, at - now);
}
