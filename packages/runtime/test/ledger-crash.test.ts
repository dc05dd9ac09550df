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
  createHoldKeeper,
  createLedger,
  createOpenHolds,
  ledgerMigrations,
  ledgerTables,
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
    'is never less than the bill nor more than the cap; nothing stays blocked, and what is uncertain comes out',
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

      const db = openDatabase({ ...database, tables: [ledgerTables], migrations: [ledgerMigrations] });
      await db.start();
      const ledger = createLedger({ monthlyBudgetMicroUsd: capMicroUsd }, { db });
      const keeper = createHoldKeeper({ alone: true }, { db, ledger });
      await keeper.start();
      await keeper.stop();
      const before = await ledger.standing('ws_a');
      const bill = server.bill.totalMicroUsd();
      expect(before.reservedMicroUsd).toBe(0);
      expect(before.uncertainMicroUsd).toBeGreaterThan(0);
      const charged = before.spentMicroUsd + before.uncertainMicroUsd;
      expect(charged).toBeLessThanOrEqual(capMicroUsd);
      expect(bill).toBeLessThanOrEqual(charged);
      expect((await createCosts(db).total('ws_a')).costMicroUsd).toBe(charged);

      // A provider that keeps an account of calls can be asked what became of those that nobody knows about.
      const holds = createOpenHolds(db, ledger);
      await holds.inquire('ws_a', async ({ providerCallId }) => {
        const answer = await fetch(`${server.url}/rig/calls/${providerCallId}`);
        const { rows } = (await answer.json()) as { rows: { costMicroUsd: number }[] };
        return { costMicroUsd: rows.reduce((sum, row) => sum + row.costMicroUsd, 0) };
      });
      expect(await holds.list('ws_a')).toEqual([]);
      expect(await ledger.standing('ws_a')).toMatchObject({ spentMicroUsd: bill, uncertainMicroUsd: 0 });
      expect((await createCosts(db).total('ws_a')).costMicroUsd).toBe(bill);
      await db.stop();
    },
    60_000 + kills * 10_000,
  );
});
