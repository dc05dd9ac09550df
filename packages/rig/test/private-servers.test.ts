import { execFileSync } from 'node:child_process';
import { existsSync } from 'node:fs';
import { startPostgres, startRedis } from '@raptorflow/rig';
import { expect, test } from 'vitest';

const redis = (port: number, ...command: string[]): string =>
  execFileSync('redis-cli', ['-p', String(port), ...command], { encoding: 'utf8' }).trim();

test('a private PostgreSQL gives out empty databases and leaves nothing behind', async () => {
  const server = await startPostgres();
  const [first, second] = [await server.createDatabase(), await server.createDatabase()];
  expect(first).not.toBe(second);
  const answer = execFileSync(
    'psql',
    [first, '-tAc', "SELECT current_database(), current_setting('fsync')"],
    {
      encoding: 'utf8',
    },
  );
  expect(answer.trim()).toBe('test_1|off');
  const ask = (statement: string): string =>
    execFileSync('psql', [first, '-tAqc', statement], { encoding: 'utf8' }).trim();
  const catalogue = `SELECT nspname, nspowner::regrole, nspacl FROM pg_namespace
    UNION ALL SELECT relname, relowner::regrole, relacl FROM pg_class ORDER BY 1`;
  const fresh = ask(catalogue);
  ask(
    'CREATE SCHEMA other; CREATE TABLE other.a (n int); CREATE TABLE b (n serial); INSERT INTO b VALUES (1)',
  );
  expect(ask(catalogue)).not.toBe(fresh);
  server.giveBack(first);
  // It is the next one again, and as a new one is.
  expect(await server.createDatabase()).toBe(first);
  expect(ask(catalogue)).toBe(fresh);
  await server.stop();
  await server.stop();
  expect(() => process.kill(server.pid, 0)).toThrow('ESRCH');
});

test('a private Redis keeps its data over a kill when it has an append-only file', async () => {
  const server = await startRedis({ appendfsync: 'always' });
  redis(server.port, 'set', 'name', 'raptor');
  await server.kill();
  const again = await startRedis({ appendfsync: 'always', directory: server.directory, port: server.port });
  expect(redis(again.port, 'get', 'name')).toBe('raptor');
  await again.stop();
  expect(existsSync(server.directory)).toBe(false);
});
