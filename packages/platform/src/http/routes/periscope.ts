/** Periscope over HTTP: the operations of this server, their circuits and errors, and the pipelines of all processes. */
import { routes, type PeriscopePipeline } from '@raptorflow/contract';
import type { FastifyInstance } from 'fastify';
import { RaptorFlowError } from 'raptorflow/kernel';
import type { Breaker, Periscope } from 'raptorflow/resilience';
import { registerRoutes, type RegisterDeps } from '../register.ts';
import { errorToWire, operationsToWire } from './periscope-wire.ts';

/** What the routes of Periscope answer from. */
export interface PeriscopeRouteDeps extends RegisterDeps {
  readonly periscope: Periscope;
  /** The runs of all processes. */
  readonly pipelines: () => Promise<readonly PeriscopePipeline[]>;
}

/** Registers `/api/v1/periscope/…`. */
export function registerPeriscopeRoutes(app: FastifyInstance, deps: PeriscopeRouteDeps): void {
  const { periscope, pipelines } = deps;
  // Asking for a circuit makes it; one that nobody uses must not come into being by a request.
  const breakerOf = (name: string): Breaker => {
    const known = periscope.getMetricsSummary().circuits.some((circuit) => circuit.name === name);
    if (!known)
      throw new RaptorFlowError('not_found', `There is no circuit "${name}"; see the list of operations.`);
    return periscope.breaker(name);
  };
  registerRoutes(
    app,
    routes.periscope,
    {
      errors: ({ query }) => ({ items: periscope.getErrorGroups(query.limit).map(errorToWire) }),
      async isolate({ params }, call) {
        const breaker = breakerOf(params.breaker);
        const target = { kind: 'breaker', id: breaker.name };
        await call.audited({ action: 'breaker.isolate', target }, () => breaker.isolate());
        return { name: breaker.name, state: breaker.state().kind };
      },
      operations: async () => operationsToWire(await periscope.health()),
      pipelines: async () => ({ items: [...(await pipelines())] }),
      async release({ params }, call) {
        const breaker = breakerOf(params.breaker);
        const target = { kind: 'breaker', id: breaker.name };
        await call.audited({ action: 'breaker.release', target }, () => breaker.reset());
        return { name: breaker.name, state: breaker.state().kind };
      },
    },
    deps,
  );
}
