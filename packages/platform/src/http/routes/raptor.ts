/** Raptor Mini over HTTP: the monitor of the server's machine and its log, at two addresses. */
import { routes } from '@raptorflow/contract';
import type { FastifyInstance } from 'fastify';
import { RaptorFlowError } from 'raptorflow/kernel';
import type { RaptorMini } from 'raptorflow/mini';
import { registerRoutes, type Handlers, type RegisterDeps } from '../register.ts';
import { processToWire, sampleToWire } from './raptor-wire.ts';

/** What the routes of Raptor Mini answer from. */
export interface RaptorRouteDeps extends RegisterDeps {
  readonly mini: RaptorMini;
}

/** Registers `/api/v1/raptor/…` and `/raptor/…`. */
export function registerRaptorRoutes(app: FastifyInstance, deps: RaptorRouteDeps): void {
  const handlers = handlersOf(deps.mini);
  registerRoutes(app, routes.raptor, handlers, deps);
  // The same shapes at another address.
  registerRoutes(app, routes.raptorShort as unknown as typeof routes.raptor, handlers, deps);
}

function handlersOf(mini: RaptorMini): Handlers<typeof routes.raptor> {
  const status = (): { running: boolean; config_file: string | null } => {
    const { running, configFile } = mini.status();
    return { running, config_file: configFile };
  };
  const tail = async (characters: number): Promise<{ log_tail: string }> => ({
    log_tail: await mini.tail({ characters }),
  });
  return {
    demo: ({ params }) => demo(mini, params.value),
    demoByGet: ({ params }) => demo(mini, params.value),
    logs: ({ query }) => tail(query.tail),
    logsByPost: ({ body }) => tail(body.max_chars),
    processes: async ({ query }) => ({ items: (await mini.processes(query.limit)).map(processToWire) }),
    async reload(_input, call) {
      await call.audited({ action: 'raptor.reload' }, () => mini.reload());
      return status();
    },
    samples({ query }) {
      const { running, host, config } = mini.status();
      return {
        running,
        source: host?.source ?? 'none',
        sample_rate_ms: host?.sampleRateMs ?? config.performance.sampleRateMs,
        own_cpu_percent: host?.ownCpuPercent ?? null,
        items: mini.samples(query.limit).map(sampleToWire),
      };
    },
    async start(_input, call) {
      await call.audited({ action: 'raptor.start' }, () => mini.start());
      return { running: mini.status().running };
    },
    status,
    async stop(_input, call) {
      await call.audited({ action: 'raptor.stop' }, () => mini.stop());
      return { running: mini.status().running };
    },
  };
}

// A real error, raised through the tracing that watches the program's own functions.
function demo(mini: RaptorMini, value: string): { result: string; traced: boolean } {
  if (value.toLowerCase() !== 'boom') return { result: `Demo executed with value: ${value}`, traced: false };
  const boom = mini.trace((given: string): never => {
    throw new RaptorFlowError('internal', `Demo error triggered by "${given}".`);
  }, 'demo');
  try {
    boom(value);
  } catch {
    // It was meant to fail; what is shown is that the log says so.
  }
  const { running, config } = mini.status();
  return { result: 'boom', traced: running && config.features.traceExceptions };
}
