/** Passes requests on to the server of the installation that can answer them. */
import { RaptorFlowError } from 'raptorflow/kernel';
import type { FastifyInstance, FastifyReply, FastifyRequest } from 'fastify';
import type { Periscope } from 'raptorflow/resilience';
import { readCredentials } from './call.ts';
import { fingerprintHeader, forwardedHeader } from './plugins/idempotency.ts';

const answerMsMax = 60_000;
/** Headers of an answer that are the caller's. */
const answerHeaders = ['content-disposition', 'idempotent-replayed', 'location', 'retry-after'];

/**
 * Lets every route of `scope` be answered by the server at `addressOf()`; undefined means here. The other server checks the caller again, so both need
 * the same `SECRET_KEY`. Whom it may be is settled before: strangers are not passed on.
 */
export function forwardRoutes(
  scope: FastifyInstance,
  addressOf: () => string | undefined,
  periscope: Pick<Periscope, 'execute'>,
): void {
  scope.addHook('preHandler', async (request, reply) => {
    const address = addressOf();
    if (address === undefined || request.headers[forwardedHeader] !== undefined) return;
    await forward(address, request, reply, periscope);
    return reply;
  });
}

async function forward(
  address: string,
  request: FastifyRequest,
  reply: FastifyReply,
  periscope: Pick<Periscope, 'execute'>,
): Promise<void> {
  const hasBody = request.body !== undefined && request.body !== null;
  const credentials = readCredentials(request);
  const workspace = request.headers['x-workspace-id'];
  try {
    const headers = {
      [forwardedHeader]: '1',
      // Also for a browser's cookie, which is good with the address that the browser asked only.
      ...(credentials ? { authorization: `Bearer ${credentials.token}` } : {}),
      ...(typeof workspace === 'string' ? { 'x-workspace-id': workspace } : {}),
      ...repeatHeaders(request),
      'x-correlation-id': request.id,
      ...(hasBody ? { 'content-type': 'application/json' } : {}),
    };
    const answer = await periscope.execute(
      'server.forward',
      async ({ signal }) => {
        const response = await fetch(new URL(request.originalUrl, address), {
          method: request.method,
          headers,
          ...(hasBody ? { body: JSON.stringify(request.body) } : {}),
          signal,
          redirect: 'error',
        });
        const body = Buffer.from(await response.arrayBuffer());
        return { status: response.status, headers: response.headers, body };
      },
      // Whether a change was made before an answer was lost only the caller can find out. Each server has a circuit of its own.
      { retry: false, timeoutMs: answerMsMax, breaker: `server.forward:${address}` },
    );
    void reply.status(answer.status);
    for (const name of ['content-type', ...answerHeaders]) {
      const value = answer.headers.get(name);
      if (value !== null) void reply.header(name, value);
    }
    await reply.send(answer.body);
  } catch (cause) {
    throw new RaptorFlowError(
      'unavailable',
      `The server of this installation that looks after this, ${address}, does not answer. Where servers run on several machines, each has to be reachable for the others: set HOST.`,
      { cause },
    );
  }
}

// The other server keeps the answer. It is told the fingerprint, because the body is written anew on its way there.
function repeatHeaders(request: FastifyRequest): Record<string, string> {
  const headers: Record<string, string> = {};
  for (const name of ['idempotency-key', fingerprintHeader]) {
    const value = request.headers[name];
    if (typeof value === 'string') headers[name] = value;
  }
  return headers;
}
