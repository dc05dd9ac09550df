import type { FastifyInstance } from 'fastify';
import type { Clock } from 'raptorflow/kernel';
import type { Meter } from 'raptorflow/metrics';

/** What the meters of HTTP need. */
export interface HttpMetersDeps {
  readonly meter: Meter;
  readonly clock: Clock;
}

/** Requests that no route answers count under this name: their addresses are anybody's to choose. */
const unknownRoute = 'unknown';

/** Counts and times every request by the route that answered it, and shows how many are under way. */
export function installHttpMeters(app: FastifyInstance, { meter, clock }: HttpMetersDeps): void {
  const requests = meter.counter({
    name: 'http_requests',
    unit: 'requests',
    description: 'Requests that were answered, by route and status.',
    category: 'reliability',
  });
  const durations = meter.histogram({
    name: 'http_request_ms',
    unit: 'ms',
    description: 'Time from a request until its answer was sent whole.',
    category: 'performance',
  });
  const aborted = meter.counter({
    name: 'http_requests_aborted',
    unit: 'requests',
    description: 'Requests whose caller hung up before the answer.',
    category: 'reliability',
  });
  const underWay = meter.gauge({
    name: 'http_requests_running',
    unit: 'requests',
    description: 'Requests that are being answered now.',
    category: 'performance',
  });
  meter
    .gauge({
      name: 'websocket_connections',
      unit: 'connections',
      description: 'Open sockets of dashboards and other clients.',
      category: 'performance',
    })
    .observe(() => app.websocketServer.clients.size);
  const begun = new WeakMap<object, number>();
  const leave = (raw: object): number | undefined => {
    const startedAt = begun.get(raw);
    if (startedAt === undefined) return undefined;
    begun.delete(raw);
    underWay.add(-1);
    return clock.monotonic() - startedAt;
  };
  app.addHook('onRequest', async ({ raw }, reply) => {
    begun.set(raw, clock.monotonic());
    underWay.add(1);
    // A caller may hang up on a handler that never answers.
    reply.raw.once('close', () => reply.raw.writableFinished || leave(raw));
  });
  app.addHook('onResponse', async ({ raw, method, routeOptions }, { statusCode }) => {
    const tookMs = leave(raw);
    const route = routeOptions.url ?? unknownRoute;
    requests.with({ method, route, status: String(statusCode) }).add();
    if (tookMs !== undefined) durations.with({ method, route }).record(tookMs);
  });
  app.addHook('onRequestAbort', async ({ method, routeOptions }) => {
    aborted.with({ method, route: routeOptions.url ?? unknownRoute }).add();
  });
}
