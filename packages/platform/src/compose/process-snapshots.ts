/** What every process of an installation measures and takes in at present: each tells the others every ten seconds through Redis. */
import { periscopePipelineSchema, type PeriscopePipeline } from '@raptorflow/contract';
import { Lifecycle, type Logger, type Service, type Timer } from 'raptorflow/kernel';
import { decodeSnapshot, encodeSnapshot, type MetricsSnapshot } from 'raptorflow/metrics';
import { openRedisLink, type RedisCommand, type RedisLink } from 'raptorflow/storage';
import { z } from 'zod';
import type { Config } from '../config.ts';
import { processSource, sharedMetricsPlace } from './history.ts';
import type { CommonDeps } from './stores.ts';

/** The present of one process. */
export interface ProcessSnapshot {
  readonly source: string;
  readonly snapshot: MetricsSnapshot;
}

/** The present of all processes. */
export interface ProcessSnapshots extends Service {
  /** This process's own as it is now, the others' as they were at most ten seconds ago. */
  all(): Promise<readonly ProcessSnapshot[]>;
  /** The runs of pipelines in the same way, the newest first. */
  pipelines(): Promise<readonly PeriscopePipeline[]>;
}

const tellMs = 10_000;
/** A process that has not told for so long is gone. */
const goneMs = 30_000;

/** Prepares to tell what this process measures and which pipelines run in it, and to hear of others where there can be any. */
export function createProcessSnapshots(
  config: Config,
  role: 'server' | 'worker',
  { metrics, clock, log, own: resources }: CommonDeps,
  ownPipelines: () => readonly PeriscopePipeline[] = () => [],
): ProcessSnapshots {
  const source = processSource(config, role);
  const own = (): ProcessSnapshot => ({ source, snapshot: metrics.snapshot() });
  const place = sharedMetricsPlace(config, resources);
  if (!place) return ofOneProcess(own, ownPipelines);
  const { prefix, ...address } = place;
  const keys = keysOf(prefix, source);
  let link: RedisLink | undefined;
  let timer: Timer | undefined;
  const tell = async (): Promise<void> => {
    const text = JSON.stringify(encodeSnapshot(metrics.snapshot()));
    const pipelines = ownPipelines();
    await link?.send([
      ['sadd', keys.names, source],
      ['set', keys.snapshotOf(source), text, 'PX', goneMs],
      // Most processes take nothing in, and a host may charge for every command.
      ...(pipelines.length === 0
        ? []
        : ([['set', keys.pipelinesOf(source), JSON.stringify(pipelines), 'PX', goneMs]] as const)),
    ]);
  };
  const tellQuietly = (): Promise<void> => tell().catch((error: unknown) => quietly(log, error));
  const lifecycle = new Lifecycle('The metrics of all processes', {
    async start() {
      link = await openRedisLink(address);
      await tellQuietly();
      timer = clock.setInterval(() => void tellQuietly(), tellMs);
    },
    async stop() {
      timer?.cancel();
      await link
        ?.send([
          ['del', keys.snapshotOf(source), keys.pipelinesOf(source)],
          ['srem', keys.names, source],
        ])
        .catch((error: unknown) => quietly(log, error));
      link?.close();
      link = undefined;
    },
  });
  return {
    get state() {
      return lifecycle.state;
    },
    start: () => lifecycle.start(),
    stop: (options) => lifecycle.stop(options),
    async all() {
      lifecycle.assertRunning();
      const others = await hear(link, keys, keys.snapshotOf);
      return [
        own(),
        ...others.map(({ name, text }) => ({ source: name, snapshot: decodeSnapshot(JSON.parse(text)) })),
      ];
    },
    async pipelines() {
      lifecycle.assertRunning();
      const others = await hear(link, keys, keys.pipelinesOf);
      return [...ownPipelines(), ...others.flatMap(({ text }) => pipelinesIn(text))].toSorted((a, b) =>
        b.started_at.localeCompare(a.started_at),
      );
    },
  };
}

function ofOneProcess(
  own: () => ProcessSnapshot,
  ownPipelines: () => readonly PeriscopePipeline[],
): ProcessSnapshots {
  const lifecycle = new Lifecycle('The metrics of this process');
  return {
    get state() {
      return lifecycle.state;
    },
    start: () => lifecycle.start(),
    stop: (options) => lifecycle.stop(options),
    all: async () => [own()],
    pipelines: async () => ownPipelines(),
  };
}

// Redis may be away: health tells of it, and the next telling tries again.
function quietly(log: Logger, error: unknown): void {
  log.child('metrics').debug('What this process measures could not be told to the others.', { error });
}

interface Keys {
  readonly source: string;
  readonly names: string;
  readonly snapshotOf: (name: string) => string;
  readonly pipelinesOf: (name: string) => string;
}

// One slot of a cluster for all of it.
function keysOf(prefix: string, source: string): Keys {
  return {
    source,
    names: `{${prefix}}:now`,
    snapshotOf: (name) => `{${prefix}}:now:${name}`,
    pipelinesOf: (name) => `{${prefix}}:pipelines:${name}`,
  };
}

/** What the other processes have told under their keys; those that have told nothing are left out. */
async function hear(
  link: RedisLink | undefined,
  { names, source, snapshotOf }: Keys,
  keyOf: (name: string) => string,
): Promise<{ readonly name: string; readonly text: string }[]> {
  if (!link) return [];
  const [members] = await link.send([['smembers', names]]);
  const others = (members as Buffer[]).map(String).filter((name) => name !== source);
  if (others.length === 0) return [];
  const asked = others.map((name): RedisCommand => ['get', keyOf(name)]);
  const texts = (await link.send(asked)) as (Buffer | null)[];
  // Every process tells what it measures: one that does not any more is gone.
  const gone = keyOf === snapshotOf ? others.filter((_, index) => texts[index] === null) : [];
  if (gone.length > 0) await link.send([['srem', names, ...gone]]);
  return others.flatMap((name, index) => {
    const text = texts[index];
    return text ? [{ name, text: text.toString() }] : [];
  });
}

const pipelinesSchema = z.array(periscopePipelineSchema);

// A process of another version may tell of them in another way; it is shown again once it is updated.
function pipelinesIn(text: string): readonly PeriscopePipeline[] {
  return pipelinesSchema.safeParse(JSON.parse(text)).data ?? [];
}
