/** What every process of an installation measures at present: each tells the others every ten seconds through Redis. */
import { Lifecycle, type Logger, type Service, type Timer } from 'raptorflow/kernel';
import { decodeSnapshot, encodeSnapshot, type MetricsSnapshot } from 'raptorflow/metrics';
import { openRedisLink, type RedisLink } from 'raptorflow/storage';
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
}

const tellMs = 10_000;
/** A process that has not told for so long is gone. */
const goneMs = 30_000;

/** Prepares to tell what this process measures, and to hear what others do where there can be any. */
export function createProcessSnapshots(
  config: Config,
  role: 'server' | 'worker',
  { metrics, clock, log }: CommonDeps,
): ProcessSnapshots {
  const source = processSource(config, role);
  const own = (): ProcessSnapshot => ({ source, snapshot: metrics.snapshot() });
  const place = sharedMetricsPlace(config);
  if (!place) {
    const lifecycle = new Lifecycle('The metrics of this process');
    return {
      get state() {
        return lifecycle.state;
      },
      start: () => lifecycle.start(),
      stop: (options) => lifecycle.stop(options),
      all: async () => [own()],
    };
  }
  const { prefix, ...address } = place;
  // One slot of a cluster for all of it.
  const [names, keyOf] = [`{${prefix}}:now`, (name: string): string => `{${prefix}}:now:${name}`];
  let link: RedisLink | undefined;
  let timer: Timer | undefined;
  const tell = async (): Promise<void> => {
    const text = JSON.stringify(encodeSnapshot(metrics.snapshot()));
    await link?.send([
      ['sadd', names, source],
      ['set', keyOf(source), text, 'PX', goneMs],
    ]);
  };
  const lifecycle = new Lifecycle('The metrics of all processes', {
    async start() {
      link = await openRedisLink(address);
      await tell().catch((error: unknown) => quietly(log, error));
      timer = clock.setInterval(() => void tell().catch((error: unknown) => quietly(log, error)), tellMs);
    },
    async stop() {
      timer?.cancel();
      await link
        ?.send([
          ['del', keyOf(source)],
          ['srem', names, source],
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
      return [own(), ...(await others(link, { names, keyOf, source }))];
    },
  };
}

// Redis may be away: health tells of it, and the next telling tries again.
function quietly(log: Logger, error: unknown): void {
  log.child('metrics').debug('What this process measures could not be told to the others.', { error });
}

interface Names {
  readonly names: string;
  readonly keyOf: (name: string) => string;
  readonly source: string;
}

async function others(
  link: RedisLink | undefined,
  { names, keyOf, source }: Names,
): Promise<ProcessSnapshot[]> {
  if (!link) return [];
  const [members] = await link.send([['smembers', names]]);
  const sources = (members as Buffer[]).map(String).filter((name) => name !== source);
  if (sources.length === 0) return [];
  const texts = (await link.send(sources.map((name) => ['get', keyOf(name)] as const))) as (Buffer | null)[];
  const gone = sources.filter((_, index) => texts[index] === null);
  if (gone.length > 0) await link.send([['srem', names, ...gone]]);
  return sources.flatMap((name, index) => {
    const text = texts[index];
    return text ? [{ source: name, snapshot: decodeSnapshot(JSON.parse(text.toString())) }] : [];
  });
}
