/** Health for load balancers and people: the status to everybody, the reasons to those who are signed in. */
import { routes } from '@raptorflow/contract';
import type { Clock } from 'raptorflow/kernel';
import type { FastifyInstance } from 'fastify';
import type { Profile } from '../../compose/profile.ts';
import type { Health, HealthReading } from '../../health/health.ts';
import type { Call } from '../call.ts';
import { registerRoutes, type Handlers, type RegisterDeps } from '../register.ts';

/** What the health routes answer from. */
export interface HealthRouteDeps extends RegisterDeps {
  readonly health: Health;
  readonly clock: Clock;
  readonly startedAtMs: number;
  readonly environment: Profile & { readonly name: string; readonly version: string };
  /** How many users and workspaces there are; rejects while the database is away. */
  readonly count: () => Promise<{ users: number; workspaces: number }>;
}

/** Registers `/health`, `/health/live`, `/health/ready` and `/health/all`. */
export function registerHealthRoutes(app: FastifyInstance, deps: HealthRouteDeps): void {
  const answer = async (
    reading: HealthReading,
    call: Call,
  ): Promise<Awaited<ReturnType<Handlers<typeof routes.health>['all']>>> => {
    if (reading.status === 'unhealthy' || reading.status === 'critical') call.reply.status(503);
    if (!call.callerIfAny) return { status: reading.status };
    // An outage is what this is asked about: it must not be the answer's end.
    const counts = await deps.count().catch(() => undefined);
    return {
      status: reading.status,
      timestamp: new Date(reading.readAtMs).toISOString(),
      uptime_seconds: Math.round((deps.clock.now() - deps.startedAtMs) / 100) / 10,
      services: Object.fromEntries(
        Object.entries(reading.parts).map(([name, part]) => [
          name,
          {
            status: part.status,
            reasons: [...part.reasons],
            latency_ms: Math.round(part.latencyMs * 1000) / 1000,
            ...(part.details === undefined ? {} : { details: { ...part.details } }),
          },
        ]),
      ),
      environment: deps.environment,
      ...(counts === undefined ? {} : { user_count: counts.users, workspace_count: counts.workspaces }),
    };
  };
  // Answering at all shows that the event loop turns.
  const alive = (): HealthReading => ({ status: 'healthy', parts: {}, readAtMs: deps.clock.now() });
  registerRoutes(
    app,
    routes.health,
    {
      all: async (_input, call) => answer(await deps.health.all(), call),
      live: (_input, call) => answer(alive(), call),
      overall: async (_input, call) => answer(await deps.health.ready(), call),
      ready: async (_input, call) => answer(await deps.health.ready(), call),
    },
    deps,
  );
}
