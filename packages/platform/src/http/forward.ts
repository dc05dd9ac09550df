/** Passes requests on to the server of the installation that can answer them. */
import { RaptorFlowError } from 'raptorflow/kernel';
import type { FastifyInstance, FastifyReply, FastifyRequest } from 'fastify';
import { readCredentials } from './call.ts';

/** Said by one server to another, which does not pass it on again. */
const forwardedHeader = 'x-raptorflow-forwarded';
const answerMsMax = 60_000;

/**
 * Lets every route of `scope` be answered by the server at `addressOf()`; undefined means here. The other server checks the caller again, so both need
 * the same `SECRET_KEY`. Whom it may be is settled before: strangers are not passed on.
 */
export function forwardRoutes(scope: FastifyInstance, addressOf: () => string | undefined): void {
  scope.addHook('preHandler', async (request, reply) => {
    const address = addressOf();
    if (address === undefined || request.headers[forwardedHeader] !== undefined) return;
    await forward(address, request, reply);
    return reply;
  });
}

async function forward(address: string, request: FastifyRequest, reply: FastifyReply): Promise<void> {
  const hasBody = request.body !== undefined && request.body !== null;
  const credentials = readCredentials(request);
  const workspace = request.headers['x-workspace-id'];
  try {
    const answer = await fetch(new URL(request.originalUrl, address), {
      method: request.method,
      headers: {
        [forwardedHeader]: '1',
        // Also for a browser's cookie, which is good with the address that the browser asked only.
        ...(credentials ? { authorization: `Bearer ${credentials.token}` } : {}),
        ...(typeof workspace === 'string' ? { 'x-workspace-id': workspace } : {}),
        'x-correlation-id': request.id,
        ...(hasBody ? { 'content-type': 'application/json' } : {}),
      },
      ...(hasBody ? { body: JSON.stringify(request.body) } : {}),
      signal: AbortSignal.timeout(answerMsMax),
      redirect: 'error',
    });
    void reply.status(answer.status);
    const type = answer.headers.get('content-type');
    if (type !== null) void reply.type(type);
    await reply.send(Buffer.from(await answer.arrayBuffer()));
  } catch (cause) {
    throw new RaptorFlowError(
      'unavailable',
      `The server of this installation that looks after this, ${address}, does not answer. Where servers run on several machines, each has to be reachable for the others: set HOST.`,
      { cause },
    );
  }
}
