/** The one error a client throws. */
import type { ErrorEnvelope } from '@raptorflow/contract';

/** What is known of a failure. `status` is 0 when no answer arrived. */
export interface ClientErrorFacts {
  readonly code: string;
  readonly status: number;
  readonly details?: Readonly<Record<string, unknown>>;
  readonly correlationId?: string | null;
  readonly retryAfterSeconds?: number | null;
  readonly cause?: unknown;
}

/**
 * A call that did not succeed: the server's code and message, or one of the client's own codes:
 * `unreachable` (no answer arrived), `timeout`, `cancelled`, `unexpected_response` (not the wire's form).
 */
export class ClientError extends Error {
  readonly code: string;
  /** HTTP status; 0 when no answer arrived. */
  readonly status: number;
  readonly details: Readonly<Record<string, unknown>>;
  /** Quote it when asking for help: the server's logs carry it. */
  readonly correlationId: string | null;
  /** How long the server asks to wait before trying again. */
  readonly retryAfterSeconds: number | null;

  constructor(message: string, facts: ClientErrorFacts) {
    super(message, facts.cause === undefined ? undefined : { cause: facts.cause });
    this.name = 'ClientError';
    this.code = facts.code;
    this.status = facts.status;
    this.details = facts.details ?? {};
    this.correlationId = facts.correlationId ?? null;
    this.retryAfterSeconds = facts.retryAfterSeconds ?? null;
  }
}

/** Whether a value is a {@link ClientError}, of that code when one is named. */
export function isClientError(value: unknown, code?: string): value is ClientError {
  return value instanceof ClientError && (code === undefined || value.code === code);
}

/** Reads the error of an answer that is not a success; a body of another form becomes `unexpected_response`. */
export async function errorOfResponse(response: Response): Promise<ClientError> {
  const text = await response.text().catch(() => '');
  const retryAfter = Number(response.headers.get('retry-after') ?? Number.NaN);
  const facts = {
    status: response.status,
    correlationId: response.headers.get('x-correlation-id'),
    retryAfterSeconds: Number.isFinite(retryAfter) ? retryAfter : null,
  };
  const envelope = readEnvelope(text);
  if (envelope) {
    return new ClientError(envelope.error.message, {
      ...facts,
      code: envelope.error.code,
      details: envelope.error.details,
      correlationId: envelope.correlation_id ?? facts.correlationId,
    });
  }
  return new ClientError(
    `The server answered ${response.status} without an error body. Check that the address is RaptorFlow's.`,
    { ...facts, code: 'unexpected_response', details: { body: text.slice(0, 500) } },
  );
}

function readEnvelope(text: string): ErrorEnvelope | null {
  try {
    const body: unknown = JSON.parse(text);
    return isEnvelope(body) ? body : null;
  } catch {
    return null;
  }
}

function isEnvelope(value: unknown): value is ErrorEnvelope {
  if (typeof value !== 'object' || value === null || !('error' in value)) return false;
  const { error } = value;
  if (typeof error !== 'object' || error === null) return false;
  return (
    'code' in error &&
    typeof error.code === 'string' &&
    'message' in error &&
    typeof error.message === 'string'
  );
}
