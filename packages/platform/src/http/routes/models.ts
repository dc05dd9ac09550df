/** Models: what the aliases stand for, what can be called, and what is missing to call the rest. */
import { routes } from '@raptorflow/contract';
import type { ModelCatalog, Prices } from '@raptorflow/runtime';
import type { Clock } from 'raptorflow/kernel';
import type { FastifyInstance } from 'fastify';
import { registerRoutes, type RegisterDeps } from '../register.ts';
import { aliasesToWire, modelsToWire } from './models-wire.ts';

/** What the model routes answer from. */
export interface ModelRouteDeps extends RegisterDeps {
  readonly models: ModelCatalog;
  readonly prices: Prices;
  readonly clock: Clock;
}

/** Registers `/api/v1/models`. */
export function registerModelRoutes(app: FastifyInstance, deps: ModelRouteDeps): void {
  const { models, prices, clock } = deps;
  registerRoutes(
    app,
    routes.models,
    {
      list: () => ({ aliases: aliasesToWire(models), items: modelsToWire(models, prices, clock.now()) }),
    },
    deps,
  );
}
