/** What the program looks at to say how it is. */
import { statfsSync } from 'node:fs';
import type { BusHealth } from 'raptorflow/bus';
import type { Service } from 'raptorflow/kernel';
import type { Config } from '../config.ts';
import { healthy, type HealthPart, type PartHealth } from '../health/health.ts';
import { redisPlaces } from '../redis-address.ts';
import type { Raptor } from './raptor.ts';
import type { Runtime } from './runtime.ts';
import type { Stores } from './stores.ts';

const diskFreeBytesMin = 500_000_000;
const outboxAgeMsMax = 60_000;

/** What is asked how it is. */
export interface HealthSources {
  readonly stores: Stores;
  readonly runtime: Runtime;
  readonly worker: Service;
  readonly raptor: Pick<Raptor, 'probe'>;
}

/** The parts of a program. */
export function healthParts(
  config: Config,
  { stores, runtime, worker, raptor }: HealthSources,
): Readonly<Record<string, HealthPart>> {
  const needed = { needed: true, worst: 'critical' } as const;
  const busHealth = sharedReading(() => stores.bus.health());
  return {
    bus: { ...needed, probe: async () => probeBus(await busHealth()) },
    ...(config.redis
      ? { redis: { ...needed, probe: async () => probeRedis(config, await busHealth()) } }
      : {}),
    database: { ...needed, probe: () => probeDatabase(stores) },
    worker: { needed: false, worst: 'degraded', probe: () => probeService(worker, 'The worker') },
    models: { needed: false, worst: 'degraded', probe: () => probeModels(runtime) },
    environment: { needed: false, worst: 'degraded', probe: () => probeEnvironment(config) },
    raptor: { needed: false, worst: 'degraded', probe: () => raptor.probe() },
    disk: { needed: false, worst: 'unhealthy', probe: () => probeDisk(config) },
  };
}

/** Probes that begin at the same moment share one reading. */
function sharedReading<T>(read: () => Promise<T>): () => Promise<T> {
  let reading: Promise<T> | undefined;
  return () => {
    reading ??= read().finally(() => (reading = undefined));
    return reading;
  };
}

function probeBus({ status, reasons, engine, durability, pingMs, groups }: BusHealth): PartHealth {
  const lag = groups.reduce((sum, group) => sum + group.lag, 0);
  return { status, reasons, details: { engine, durability, ping_ms: pingMs, lag } };
}

function probeRedis(config: Config, health: BusHealth): PartHealth {
  const places = config.redis ? redisPlaces(config.redis) : [];
  const oldest = health.groups.map((group) => group.oldestUnhandledMs ?? 0);
  const details = {
    places,
    version: health.version,
    durability: health.durability,
    survives: health.survives,
    processes: health.connectedClients,
    stored_bytes: health.storedBytes,
    lag: health.groups.reduce((sum, group) => sum + group.lag, 0),
    oldest_unhandled_ms: Math.max(0, ...oldest),
    commands_per_second: health.commandsPerSecond,
    ...(health.polling === null
      ? {}
      : {
          commands_per_hour: health.polling.commandsPerHour,
          takeover_ms_max: health.polling.takeoverMsMax,
        }),
    warnings: health.warnings,
  };
  if (health.status === 'unhealthy') {
    return { status: 'unhealthy', reasons: health.reasons, details: { places } };
  }
  if (health.durability === 'memory') {
    const reason = 'Redis keeps no append-only file, so acknowledged events end with it; set appendonly yes.';
    return { status: 'degraded', reasons: [reason, ...health.reasons], details };
  }
  return { status: health.status, reasons: health.reasons, details };
}

async function probeDatabase({ db, relay }: Stores): Promise<PartHealth> {
  await db.ping();
  const { waiting, oldestMs, refused } = await relay.status();
  const details = { dialect: db.dialect, events_waiting: waiting, events_refused: refused };
  if (oldestMs > outboxAgeMsMax) {
    return {
      status: 'degraded',
      reasons: [`events have waited ${Math.round(oldestMs / 1000)} s to be published`],
      details,
    };
  }
  return healthy(details);
}

function probeService(service: Service, name: string): PartHealth {
  return service.state === 'running'
    ? healthy()
    : { status: 'unhealthy', reasons: [`${name} is ${service.state}`] };
}

// Providers are not called for a health check: that would cost money. Their failures show in the breakers of real calls.
function probeModels({ models }: Runtime): PartHealth {
  const aliases = models.aliases();
  const missing = ['fast', 'standard', 'heavy', 'research'].filter((alias) => !(alias in aliases));
  const details = { providers: models.providers(), aliases };
  return missing.length === 0
    ? healthy(details)
    : {
        status: 'degraded',
        reasons: [`the aliases ${missing.join(', ')} stand for no model; set OPENAI_MODEL`],
        details,
      };
}

function probeEnvironment(config: Config): PartHealth {
  const open = !['127.0.0.1', 'localhost', '::1'].includes(config.host);
  if (config.environment !== 'production' && open) {
    return {
      status: 'degraded',
      reasons: [
        `development listens on ${config.host}, for everybody who reaches it; set ENVIRONMENT=production`,
      ],
    };
  }
  return healthy({ name: config.environment });
}

function probeDisk(config: Config): PartHealth {
  const { bavail, bsize } = statfsSync(config.home);
  const free = bavail * bsize;
  const details = { free_bytes: free };
  return free >= diskFreeBytesMin
    ? healthy(details)
    : { status: 'degraded', reasons: [`only ${Math.round(free / 1e6)} MB are free`], details };
}
