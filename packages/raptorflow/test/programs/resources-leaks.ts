/**
 * A program that opens everything that can be forgotten: `resources-leaks.ts <leaky|healthy> <redis port> <PostgreSQL URL> <scans>`. The leaky one keeps one of each
 * kind, the healthy one does the same and closes it. Prints what the scans have found as JSON.
 */
import { EventEmitter } from 'node:events';
import { setFlagsFromString } from 'node:v8';
import { runInNewContext } from 'node:vm';
import { Redis } from 'ioredis';
import pg from 'pg';
import { systemClock } from 'raptorflow/kernel';
import { createResources, trackedTimers, trackPgPool, trackRedis, type Leak } from 'raptorflow/resources';
import { startGround } from './leak-kinds/ground.ts';
import type { Opened } from './leak-kinds/opened.ts';
import { thingsOf } from './leak-kinds/things.ts';

const [, , mode = 'leaky', redisPort = '', postgres = '', scans = '2'] = process.argv;
const isLeaky = mode === 'leaky';
const limitMs = 2_000;
const looks = 12;

setFlagsFromString('--expose-gc');
const collect = runInNewContext('gc') as () => void;
const ages = [
  'memory',
  'file_handle',
  'network_connection',
  'database_connection',
  'async_task',
  'thread',
  'process',
  'cache',
  'lock',
  'temporary_file',
];
const own = ['server', 'timer', 'listener', 'stream', 'message_channel', 'browser_page'];
const resources = createResources({
  leaks: {
    everyMs: 0,
    ageMs: Object.fromEntries([...ages, ...own].map((type) => [type, limitMs])),
    growth: { looksMin: 6, countMin: 8, heapBytesMin: 2 ** 22 },
  },
});
await resources.start();
const ground = await startGround();
const pool = new pg.Pool({ connectionString: postgres, max: 4 });
pool.on('error', () => undefined);
trackPgPool(resources, pool, { owner: 'pool client' });

const kinds: Record<string, () => Promise<Opened> | Opened> = {
  ...thingsOf(resources, ground),
  'pool client': async () => {
    const client = await pool.connect();
    await client.query('select 1');
    return { close: () => client.release() };
  },
  'redis connection': async () => {
    const redis = new Redis({ port: Number(redisPort), host: '127.0.0.1' });
    trackRedis(resources, redis, { owner: 'redis connection' });
    await redis.ping();
    return { close: () => redis.quit() };
  },
  'lost handle': () => {
    // Only the healthy program keeps it.
    const handle = resources.register({ type: 'kept_long', owner: 'lost handle' });
    return isLeaky ? { close: () => undefined } : { close: () => handle.release() };
  },
  'ended run': async () => {
    const handle = resources.register({
      type: 'kept_long',
      owner: 'ended run',
      runId: 'r1',
      id: `run ${Math.random()}`,
    });
    const lease = resources.lease({ runId: 'r1' });
    return {
      close: async () => {
        if (!isLeaky) handle.release();
        await lease.end();
      },
    };
  },
};

/** Figures that grow, or swing, with each look. */
const sessions = new Map<number, string>();
const hoard: unknown[] = [];
const emitter = new EventEmitter().setMaxListeners(0);
resources.leaks.watch('growing map', () => sessions.size);
resources.leaks.watch('listeners without a handle', () => emitter.listenerCount('news'));
let count = 0;
function work(): void {
  for (let each = 0; each < 10; each += 1) {
    count += 1;
    sessions.set(count, `session ${count}`);
    emitter.on('news', () => undefined);
    if (!isLeaky && sessions.size > 20) sessions.clear();
    if (!isLeaky && emitter.listenerCount('news') > 20) emitter.removeAllListeners('news');
  }
  hoard.push(Array.from({ length: 200_000 }, (_, at) => ({ at })));
  if (!isLeaky) hoard.length = 0;
}

const found = new Map<string, { reason: string; scan: number; callSite: string | undefined }>();
function note(leaks: readonly Leak[], scan: number): void {
  for (const { type, reason, resource, callSite } of leaks)
    found.set(resource?.owner ?? type, { reason, scan, callSite });
}

// What lives as long as the program is no leak, although nobody keeps its handle.
trackedTimers(resources, { owner: 'kept interval', lifetimeMsMax: Number.POSITIVE_INFINITY }).setInterval(
  () => undefined,
  1_000,
);
// A lost handle proves nothing about what its lease closes, and about what somebody can release by its id.
const kept = resources.lease();
kept.register({ type: 'kept_long', owner: 'under a lease' });
resources.register({ type: 'kept_long', owner: 'by its id', id: 'kept' });
const { id: known } = resources.register({ type: 'kept_long', owner: 'by the id that it got' });

if (isLeaky) {
  // What can be forgotten is forgotten, but for what only shows when a run has ended.
  for (const [kind, open] of Object.entries(kinds)) {
    const opened = await open();
    if (kind === 'ended run') await opened.close();
  }
}
const begunAt = systemClock.monotonic();
let scan = -looks;
// Before the limit has passed, nothing of an age can be found; looks at what grows are taken meanwhile.
while (scan < Number(scans)) {
  work();
  const opened = isLeaky ? [] : await Promise.all(Object.values(kinds).map(async (open) => open()));
  await systemClock.sleep(180);
  for (const one of opened) await one.close();
  collect();
  await systemClock.sleep(20);
  if (scan === -1) await systemClock.sleep(Math.max(0, limitMs + 50 - (systemClock.monotonic() - begunAt)));
  scan += 1;
  note(resources.leaks.scan().found, scan);
}
console.log(
  JSON.stringify({
    known,
    kinds: Object.keys(kinds),
    found: Object.fromEntries(found),
    open: resources.summary().byType,
  }),
);
await resources.cleanup({ idleMsMin: 0 });
await resources.stop();
process.exit(0);
