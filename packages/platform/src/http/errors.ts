/** The only place of the product that knows both our error kinds and HTTP. */
import {
  maskSecrets,
  maskSecretsIn,
  toRaptorFlowError,
  type ErrorCode,
  type ErrorKind,
  type Logger,
  type RaptorFlowError,
} from 'raptorflow/kernel';
import type { FastifyError, FastifyInstance, FastifyReply, FastifyRequest } from 'fastify';
import { instructionFor } from '../issue-words.ts';

const statuses: Readonly<Record<ErrorKind, number>> = {
  invalid: 400,
  unauthenticated: 401,
  'budget-exceeded': 402,
  forbidden: 403,
  'not-found': 404,
  conflict: 409,
  refused: 422,
  exhausted: 429,
  cancelled: 499,
  corrupt: 500,
  internal: 500,
  unavailable: 503,
  timeout: 504,
};

/** Codes whose status says more than that of their kind. */
const statusByCode: Readonly<Partial<Record<ErrorCode, number>>> = { document_too_large: 413 };

/** The HTTP status of an error kind. */
export function statusOf(kind: ErrorKind): number {
  return statuses[kind];
}

/** The body of every failed request. */
export interface ErrorBody {
  readonly error: {
    readonly code: string;
    readonly message: string;
    readonly details: Readonly<Record<string, unknown>>;
  };
  readonly correlation_id: string | null;
}

interface Outcome {
  readonly status: number;
  readonly body: ErrorBody['error'];
  readonly retryAfterMs?: number | undefined;
}

/** Installs the error handler and the answer for unknown addresses; `pages` may answer an address of the dashboard instead. */
export function installErrorHandling(
  app: FastifyInstance,
  log: Logger,
  pages: (request: FastifyRequest, reply: FastifyReply) => FastifyReply | undefined,
): void {
  app.setErrorHandler((error: FastifyError, request, reply) => {
    const outcome = describe(error, request);
    if (outcome.status >= 500) {
      log.error('A request failed.', {
        error,
        method: request.method,
        route: request.routeOptions.url,
        correlation_id: request.id,
      });
    }
    return send(reply, request, outcome);
  });
  app.setNotFoundHandler(
    (request, reply) =>
      pages(request, reply) ??
      send(reply, request, {
        status: 404,
        body: {
          code: 'not_found',
          message: `There is no ${request.method} ${request.url.split('?')[0]}; GET /docs lists every address.`,
          details: {},
        },
      }),
  );
}

function send(reply: FastifyReply, request: FastifyRequest, outcome: Outcome): FastifyReply {
  if (outcome.retryAfterMs !== undefined) {
    void reply.header('retry-after', Math.max(1, Math.ceil(outcome.retryAfterMs / 1000)));
  }
  const body: ErrorBody = { error: withoutSecrets(outcome.body), correlation_id: request.id };
  // Set here and not by the route: a reply schema describes the success and must not shape a failure.
  return reply
    .status(outcome.status)
    .type('application/json; charset=utf-8')
    .serializer((value: unknown) => JSON.stringify(value))
    .send(body);
}

/** What is told of an error inside of a stream, whose status is long sent. */
export function toldInStream(error: unknown): ErrorBody['error'] & Pick<RaptorFlowError, 'kind'> {
  const ours = toRaptorFlowError(error);
  return { kind: ours.kind, ...withoutSecrets(bodyOf(ours)) };
}

// An error may quote what it was given or what another server said.
function withoutSecrets({ code, message, details }: ErrorBody['error']): ErrorBody['error'] {
  return { code, message: maskSecrets(message), details: maskSecretsIn(details) as typeof details };
}

function bodyOf(error: RaptorFlowError): ErrorBody['error'] {
  const { code, kind, details } = error;
  return { code, message: publicMessage(error), details: kind === 'internal' ? {} : details };
}

function describe(error: FastifyError, request: FastifyRequest): Outcome {
  if (error.validation) {
    // Every type that any address reads is parsed everywhere; that this address reads another shows only here.
    if (error.validationContext === 'body' && request.isMultipart()) {
      return refusal(
        415,
        'unsupported_media_type',
        'This address takes no form. Send application/json; files go to POST /api/v1/documents/upload.',
      );
    }
    const issues = error.validation.map((issue) => ({
      path: [error.validationContext ?? '', ...issue.instancePath.split('/').filter(Boolean)]
        .filter(Boolean)
        .join('.'),
      message: instructionFor({
        code: issue.keyword,
        message: issue.message ?? 'It is not acceptable',
        params: issue.params,
      }),
    }));
    const listed = issues.map((issue) => `${issue.path}: ${issue.message}`).join('; ');
    return refusal(422, 'invalid_input', `The request is not acceptable: ${listed}.`, { issues });
  }
  const known = fastifyOutcome(error, request);
  if (known) return known;
  const ours = toRaptorFlowError(error);
  return {
    status: statusByCode[ours.code] ?? statusOf(ours.kind),
    body: bodyOf(ours),
    retryAfterMs: ours.retryAfterMs,
  };
}

// What went wrong inside is for the log; the caller gets the correlation id to ask with.
function publicMessage(error: RaptorFlowError): string {
  return error.kind === 'internal'
    ? 'An unexpected error occurred; report it with the correlation id.'
    : error.message;
}

function fastifyOutcome(error: FastifyError, request: FastifyRequest): Outcome | undefined {
  switch (error.code) {
    case 'FST_ERR_CTP_BODY_TOO_LARGE':
    case 'FST_REQ_FILE_TOO_LARGE':
      return refusal(
        413,
        'payload_too_large',
        `The body has more than the ${request.routeOptions.bodyLimit.toLocaleString('en-US')} bytes that this address takes; send less.`,
      );
    case 'FST_ERR_CTP_INVALID_JSON_BODY':
      return refusal(
        400,
        'malformed_input',
        'The body is no valid JSON; check its quotes, commas and brackets.',
      );
    case 'FST_ERR_CTP_EMPTY_JSON_BODY':
      return refusal(400, 'malformed_input', 'The body is empty; send JSON.');
    case 'FST_ERR_CTP_INVALID_MEDIA_TYPE':
      return refusal(415, 'unsupported_media_type', `${error.message}. Send application/json.`);
    default:
      if (error.statusCode !== undefined && error.statusCode >= 400 && error.statusCode < 500) {
        return refusal(
          error.statusCode,
          error.statusCode === 429 ? 'exhausted' : 'malformed_input',
          error.message,
        );
      }
      return undefined;
  }
}

function refusal(
  status: number,
  code: string,
  message: string,
  details: Readonly<Record<string, unknown>> = {},
): Outcome {
  return { status, body: { code, message, details } };
}
