/** Periscope over HTTP: the operations of this server, their circuits and errors, and its pipelines. */
import { routes } from '@raptorflow/contract';
import type { FastifyInstance } from 'fastify';
import { RaptorFlowError, type Clock } from 'raptorflow/kernel';
import type { Breaker, Periscope } from 'raptorflow/resilience';
import type { PipelineBoard } from '../../compose/pipeline-board.ts';
import { registerRoutes, type RegisterDeps } from '../register.ts';
import { errorToWire, operationsToWire, pipelineToWire } from './periscope-wire.ts';

/** What the routes of Periscope answer from. */
export interface PeriscopeRouteDeps extends RegisterDeps {
  readonly periscope: Periscope;
  readonly pipelines: Pick<PipelineBoard, 'list'>;
  readonly clock: Pick<Clock, 'monotonic'>;
}

/** Registers `/api/v1/periscope/…`. */
export function registerPeriscopeRoutes(app: FastifyInstance, deps: PeriscopeRouteDeps): void {
  const { periscope, pipelines, clock } = deps;
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
      operations: async () =>
        operationsToWire(await periscope.health(), (name) => periscope.breaker(name), clock),
      pipelines: () => ({ items: pipelines.list().map(pipelineToWire) }),
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
