/** Metrics for scrapers: in the text format of Prometheus or in OpenMetrics, to this machine or to whoever has the token. */
import { createHash, timingSafeEqual } from 'node:crypto';
import { Readable } from 'node:stream';
import type { FastifyInstance, FastifyRequest } from 'fastify';
import { RaptorFlowError } from 'raptorflow/kernel';
import { negotiateExposition, type Metrics } from 'raptorflow/metrics';

/** What the route answers from. */
export interface ExpositionDeps {
  readonly metrics: Pick<Metrics, 'exposeSlices'>;
  /** What other machines have to show; without it they are not answered. */
  readonly token: string | undefined;
}

const loopback: ReadonlySet<string> = new Set(['127.0.0.1', '::1', '::ffff:127.0.0.1']);

/** Registers `GET /metrics`. */
export function registerExpositionRoute(app: FastifyInstance, { metrics, token }: ExpositionDeps): void {
  app.get('/metrics', { schema: { hide: true }, config: { limited: false } }, async (request, reply) => {
    assertAllowed(request, token);
    const { format, contentType } = negotiateExposition(request.headers.accept);
    // In slices: a registry of tens of thousands of series must not hold up everybody else.
    return reply.header('content-type', contentType).send(Readable.from(metrics.exposeSlices(format)));
  });
}

// A server behind a proxy sees the proxy's address: with TRUST_PROXY it is the caller's that counts.
function assertAllowed(request: FastifyRequest, token: string | undefined): void {
  const isNear = loopback.has(request.ip) && request.headers['x-forwarded-for'] === undefined;
  const shown = /^Bearer (.+)$/iu.exec(request.headers.authorization ?? '')?.[1];
  if (isNear || (token !== undefined && shown !== undefined && isSame(shown, token))) return;
  throw new RaptorFlowError(
    'unauthenticated',
    token === undefined
      ? 'Metrics are for this machine; set METRICS_TOKEN to let another one scrape them.'
      : 'Send the METRICS_TOKEN as "Authorization: Bearer …".',
  );
}

function isSame(shown: string, token: string): boolean {
  const digest = (text: string): Buffer => createHash('sha256').update(text).digest();
  return timingSafeEqual(digest(shown), digest(token));
}
