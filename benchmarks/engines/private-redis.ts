import { Redis } from 'ioredis';
import { startRedis, type RedisServer } from '@raptorflow/rig';

/** How a Redis of a measurement syncs its append-only file. */
export type Appendfsync = 'everysec' | 'always';

/** A Redis that belongs to one measurement, and a connection that asks it what it did. */
export interface MeasuredRedis {
  readonly server: RedisServer;
  /** Commands so far, those inside scripts included, those of this watcher excluded. */
  commands(): Promise<number>;
  usedMemory(): Promise<number>;
}

/** Runs a measurement with a new, empty Redis. Its file is never rewritten, so that no measurement meets that work of another. */
export async function withRedis<Result>(
  appendfsync: Appendfsync,
  work: (redis: MeasuredRedis) => Promise<Result>,
): Promise<Result> {
  const server = await startRedis({ appendfsync, settings: { 'auto-aof-rewrite-percentage': '0' } });
  const watcher = new Redis(server.port, '127.0.0.1');
  try {
    return await work({
      server,
      commands: async () => sumCalls(await watcher.info('commandstats')),
      usedMemory: async () => Number(/used_memory:(\d+)/.exec(await watcher.info('memory'))?.[1]),
    });
  } finally {
    watcher.disconnect();
    await server.stop();
  }
}

function sumCalls(info: string): number {
  let sum = 0;
  for (const [, name, calls] of info.matchAll(/^cmdstat_([^:]+):calls=(\d+)/gm)) {
    if (name !== 'info') sum += Number(calls);
  }
  return sum;
}
