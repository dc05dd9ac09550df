import { mkdtempSync, rmSync, writeFileSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { createClient, type Client } from '@raptorflow/client';
import {
  spawnProgram,
  jsonLines,
  startPostgres,
  startProgramServer,
  startRedis,
  type PostgresServer,
  type ProgramOptions,
  type RedisServer,
  type RunningServer,
} from '@raptorflow/rig';
import { afterAll, beforeAll, expect, it } from 'vitest';

/*
 * `ingest threats` on Redis and PostgreSQL, whose server is killed in the middle: given again, the file goes on where it was.
 */

let postgres: PostgresServer;
let redis: RedisServer;
let root = '';
let options: ProgramOptions;
let server: RunningServer | undefined;
beforeAll(async () => {
  root = mkdtempSync(join(tmpdir(), 'raptorflow-ingest-distributed-'));
  [postgres, redis] = await Promise.all([startPostgres(), startRedis({ appendfsync: 'everysec' })]);
  const env = { REDIS_URL: redis.url, DATABASE_URL: await postgres.createDatabase(), LOG_LEVEL: 'warn' };
  options = { home: join(root, 'home'), env };
});
afterAll(async () => {
  await server?.kill();
  await Promise.all([postgres.stop(), redis.stop()]);
  rmSync(root, { recursive: true, force: true });
});

const counts = { read: 8_000, failed: 160, skipped: 1_600, ingested: 6_240 };

/** Of every 50 objects one has no name that it could be known by, and ten tell how others hang together. */
function writeBundle(path: string): void {
  const description = 'A flaw in the management interface allows a remote attacker to run commands. '.repeat(
    4,
  );
  const objects = Array.from({ length: counts.read }, (_, n) => {
    if (n % 50 === 7) return { type: 'vulnerability', name: `Nameless ${n}` };
    if (n % 5 === 0) return { type: 'relationship', id: `relationship--${n}` };
    return { type: 'vulnerability', id: `vulnerability--${n}`, name: `CVE-2026-${10_000 + n}`, description };
  });
  writeFileSync(path, JSON.stringify({ type: 'bundle', id: 'bundle--1', objects }));
}

const clientOf = ({ url, token }: RunningServer): Client => createClient({ baseUrl: url, token });

/** The references of all signals, page by page. */
async function stored(client: Client): Promise<string[]> {
  const references: string[] = [];
  let cursor: string | undefined;
  do {
    const page = await client.signals.list({
      query: { limit: 200, ...(cursor !== undefined && { cursor }) },
    });
    references.push(...page.items.map(({ reference }) => reference));
    cursor = page.next_cursor ?? undefined;
  } while (cursor !== undefined);
  return references;
}

const letters = async (client: Client): Promise<number> =>
  (await client.bus.deadLetters({ query: { channel: 'pipeline.failed', limit: 1 } })).total ?? 0;

it('a file whose server is killed in the middle goes on when it is given again: each item once, and the counters add up', async () => {
  const file = join(root, 'bundle.json');
  writeBundle(file);
  server = await startProgramServer(options);
  const first = spawnProgram(['ingest', 'threats', file, '--json'], options);
  // Something is stored by then, and something has failed.
  const client = clientOf(server);
  await expect.poll(() => letters(client), { timeout: 20_000, interval: 5 }).toBeGreaterThan(0);
  await server.kill();
  expect((await first.ended).exitCode, 'the command tells that it was cut off').not.toBe(0);

  server = await startProgramServer(options);
  const again = clientOf(server);
  const before = (await stored(again)).length;
  expect(before).toBeGreaterThan(0);
  expect(before).toBeLessThan(counts.ingested);
  const second = spawnProgram(['ingest', 'threats', file, '--json'], options);
  expect((await second.ended).exitCode, second.stderr()).toBe(0);
  expect(jsonLines(second.stdout()).at(-1)).toMatchObject({
    ...counts,
    converted: counts.ingested,
    failures: { read: 0, convert: counts.failed, store: 0 },
    skips: { 'relationship objects are no signals': counts.skipped },
  });
  const references = await stored(again);
  expect(references).toHaveLength(counts.ingested);
  expect(new Set(references).size).toBe(counts.ingested);
  // Those that had failed before the server was killed have no second letter.
  const { published } = await again.bus.channel({ params: { name: 'pipeline.failed' } });
  expect(published).toBe(counts.failed);
  await expect.poll(() => letters(again), { timeout: 20_000 }).toBe(counts.failed);
});
