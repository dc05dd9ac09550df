import { spawn } from 'node:child_process';
import { mkdtempSync, rmSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import {
  createModelServer,
  proofSize,
  startPostgres,
  type ModelServer,
  type PostgresServer,
} from '@raptorflow/rig';
import {
  createCosts,
  createLedger,
  dispatchMigrations,
  dispatchTables,
  openDatabase,
} from '@raptorflow/runtime';
import { seededRandom, systemClock } from 'raptorflow/kernel';
import { afterAll, beforeAll, describe, expect, test } from 'vitest';
import { rigPrice, type CallProgram } from './ledger-crash/program.ts';

const script = new URL('./ledger-crash/child.ts', import.meta.url);
const kills = proofSize('LEDGER_KILLS', 3);
/** No killed process spends as much as 15,000, so that there is something left for the last one, which has to be refused. */
const capMicroUsd = (kills + 2) * 15_000;

describe.each(['sqlite', 'postgres'] as const)('the money of a process that is killed (%s)', (engine) => {
  let directory: string;
  let postgres: PostgresServer | undefined;
  let server: ModelServer;

  beforeAll(async () => {
    directory = mkdtempSync(join(tmpdir(), 'raptorflow-ledger-'));
    if (engine === 'postgres') postgres = await startPostgres();
    server = createModelServer({
      prices: { 'rig-model': rigPrice },
      answer: () => ({ text: 'word '.repeat(30) }),
      frameGapMs: 1,
    });
    await server.start();
  });

  afterAll(async () => {
    await server.stop();
    await postgres?.stop();
    rmSync(directory, { recursive: true, force: true });
  });

  test(
    'is never less than the bill, never more than the cap, and what was under way counts in full',
    async () => {
      const random = seededRandom(3);
      const database =
        postgres === undefined
          ? { path: join(directory, 'money.db') }
          : { url: await postgres.createDatabase() };
      const program: CallProgram = { database, modelUrl: `${server.url}/v1`, capMicroUsd };
      const run = async (killed: boolean): Promise<void> => {
        const before = server.calls.length;
        const childArguments = ['--conditions=@raptorflow/source', script.pathname, JSON.stringify(program)];
        const child = spawn(process.execPath, childArguments, { stdio: ['ignore', 'inherit', 'inherit'] });
        const ended = new Promise((resolve) => {
          child.once('exit', resolve);
        });
        if (killed) {
          await expect.poll(() => server.calls.length, { timeout: 20_000 }).toBeGreaterThan(before + 3);
          await systemClock.sleep(random.next() * 60);
          child.kill('SIGKILL');
        }
        await ended;
      };
      for (let round = 0; round < kills; round += 1) await run(true);
      // The last one goes on until the budget refuses.
      await run(false);

      const db = openDatabase({ ...database, tables: [dispatchTables], migrations: [dispatchMigrations] });
      await db.start();
      const standing = await createLedger({ monthlyBudgetMicroUsd: capMicroUsd }, { db }).standing('ws_a');
      const logged = await createCosts(db).total('ws_a');
      await db.stop();
      expect(standing.spentMicroUsd + standing.reservedMicroUsd).toBeLessThanOrEqual(capMicroUsd);
      expect(server.bill.totalMicroUsd()).toBeLessThanOrEqual(
        standing.spentMicroUsd + standing.reservedMicroUsd,
      );
      expect(standing.reservedMicroUsd).toBeGreaterThan(0);
      expect(logged.costMicroUsd).toBe(standing.spentMicroUsd);
    },
    60_000 + kills * 10_000,
  );
});
