import { proofSize, startPostgres, startRedis, type PostgresServer, type RedisServer } from '@raptorflow/rig';
import { afterAll, beforeAll, describe, expect, it } from 'vitest';
import { runChild } from './child.ts';

interface Told {
  readonly kinds: readonly string[];
  readonly found: Readonly<
    Record<string, { readonly reason: string; readonly scan: number; readonly callSite?: string }>
  >;
}

/** After the limits have passed for what would have been forgotten at first. */
const healthyScans = proofSize('HEALTHY_SCANS', 2);

let redis: RedisServer;
let postgres: PostgresServer;
beforeAll(async () => {
  [redis, postgres] = await Promise.all([startRedis(), startPostgres()]);
});
afterAll(() => Promise.all([redis.stop(), postgres.stop()]));

async function run(mode: 'leaky' | 'healthy', scans: number): Promise<Told> {
  const child = runChild('resources-leaks.ts', [mode, String(redis.port), postgres.url, String(scans)]);
  await child.ended;
  expect(child.process.exitCode).toBe(0);
  return JSON.parse(child.output()) as Told;
}

describe('a program', () => {
  it('that forgets one of everything is told of each kind within two scans, with the place that opened it', async () => {
    const { kinds, found } = await run('leaky', 2);
    const expected = [...kinds, 'growing map', 'listeners without a handle', 'heap_after_gc'];
    expect(expected).toHaveLength(24);
    expect(expected.filter((kind) => found[kind] === undefined)).toEqual([]);
    expect(Object.values(found).every(({ scan }) => scan <= 2)).toBe(true);
    for (const kept of ['kept interval', 'under a lease', 'by its id', 'by the id that it got']) {
      expect(found[kept]).toBeUndefined();
    }
    expect(found['lost handle']?.reason).toBe('collected');
    expect(found['ended run']?.reason).toBe('ownership');
    expect(found['heap_after_gc']?.reason).toBe('growth');
    expect(found['socket']?.callSite).toContain('leak-kinds/things.ts');
  });

  it(
    `that does the same and closes everything is told nothing over ${healthyScans} scans`,
    async () => {
      expect((await run('healthy', healthyScans)).found).toEqual({});
    },
    60_000 + healthyScans * 2_000,
  );
});
