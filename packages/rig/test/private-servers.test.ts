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
