import { existsSync, mkdtempSync, readFileSync, rmSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { proofSize, startPostgres, type PostgresServer } from '@raptorflow/rig';
import { seededRandom, systemClock } from 'raptorflow/kernel';
import { afterAll, beforeAll, describe, expect, test } from 'vitest';
import { createOutboxRelay, openDatabase } from '../src/db/index.ts';
import { garden, type GardenTables } from '../src/db/contract-suite/garden.ts';
import { runChild } from './child.ts';

const kills = proofSize('DATABASE_KILLS', 3);

let server: PostgresServer;
let root = '';
beforeAll(async () => {
  root = mkdtempSync(join(tmpdir(), 'raptorflow-db-crash-'));
  server = await startPostgres();
});
afterAll(async () => {
  await server.stop();
  rmSync(root, { recursive: true });
});

const places: Record<string, () => Promise<string>> = {
  sqlite: async () => join(mkdtempSync(join(root, 'place-')), 'data.sqlite'),
  postgres: () => server.createDatabase(),
};

describe.each(Object.keys(places))('on %s', (engine) => {
  const openPlace = async (): Promise<string> => (await places[engine]?.()) ?? '';

  test('two processes that open an empty database at once both succeed', async () => {
    const place = await openPlace();
    const children = [1, 2, 3].map(() => runChild('opener.ts', [place]));
    expect(await Promise.all(children.map((child) => child.ended))).toEqual([0, 0, 0]);
  });

  test.each(['without a relay', 'while it relays'])(
    'kill -9 %s loses no acknowledged row and no event',
    async (mode) => {
      const random = seededRandom(mode.length);
      const place = await openPlace();
      const file = mode === 'while it relays' ? join(root, `${engine}.ids`) : undefined;
      const rows: string[] = [];
      const events: string[] = [];
      for (let round = 0; round < kills; round += 1) {
        const child = runChild('gardener.ts', [place, `r${round}`, ...(file ? [file] : [])]);
        await child.spoken;
        await systemClock.sleep(50 + random.next() * 200);
        await child.kill();
        // The last line may be cut by the kill: only whole lines were acknowledged.
        for (const line of child.output().split('\n').slice(0, -1)) {
          const [row = '', event = ''] = line.split(' ');
          rows.push(row);
          events.push(event);
        }
      }
      const database = openDatabase({
        ...garden,
        ...(engine === 'postgres' ? { url: place } : { path: place }),
      });
      await database.start();
      const published = new Set(file && existsSync(file) ? readFileSync(file, 'utf8').split('\n') : []);
      const relay = createOutboxRelay(
        // A lease of the killed process may hold for its time.
        { leaseMs: 100, pollMs: 50 },
        {
          database,
          bus: {
            publishMany: async (_channel, drafts) => {
              for (const draft of drafts) published.add(draft.id ?? '');
            },
          },
        },
      );
      // The dead process's lease is taken from it, as if its time had passed.
      await database
        .system<{ outbox_relays: { until_ms: number } }>()
        .updateTable('outbox_relays')
        .set({ until_ms: 0 })
        .execute();
      await relay.start();
      const deadline = systemClock.monotonic() + 20_000 + kills * 2_000;
      while ((await relay.status()).waiting > 0 && systemClock.monotonic() < deadline)
        await systemClock.sleep(20);
      await relay.stop();
      const stored = await database.forWorkspace<GardenTables>('a').selectFrom('beds').select('id').execute();
      const names = new Set(stored.map((row) => row.id));
      await database.stop();
      expect(rows.length).toBeGreaterThan(kills * 3);
      expect(rows.filter((row) => !names.has(row))).toEqual([]);
      expect(events.filter((event) => !published.has(event))).toEqual([]);
    },
    60_000 + kills * 10_000,
  );
});
