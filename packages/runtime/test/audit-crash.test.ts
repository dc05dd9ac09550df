import { existsSync, mkdtempSync, readFileSync, rmSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { type PostgresServer, proofSize, startPostgres } from '@raptorflow/rig';
import { seededRandom, systemClock } from 'raptorflow/kernel';
import { afterAll, beforeAll, describe, expect, test } from 'vitest';
import { newSigningKey, startAudit } from '../src/audit/contract-suite/fixture.ts';
import { auditMigrations, auditTables, type AuditTables } from '../src/audit/tables.ts';
import { openDatabase, type Database } from '../src/db/index.ts';
import { runMigrations, runTables } from '../src/runs/index.ts';
import { runChild } from './child.ts';

/** Of each engine. AUDIT_KILLS=50 kills a hundred processes. */
const kills = proofSize('AUDIT_KILLS', 3);

interface Intent {
  readonly run: string;
  readonly step: string;
  readonly recordedAtMs: number;
}

describe.each(['sqlite', 'postgres'] as const)(
  'processes that are killed while they call tools (%s)',
  (engine) => {
    let directory: string;
    let server: PostgresServer | undefined;
    beforeAll(async () => {
      directory = mkdtempSync(join(tmpdir(), 'raptorflow-audit-'));
      if (engine === 'postgres') server = await startPostgres();
    });
    afterAll(async () => {
      await server?.stop();
      rmSync(directory, { recursive: true, force: true });
    });

    test(
      'leave no side effect without its earlier intent, and a chain that is whole',
      async () => {
        const random = seededRandom(17);
        const place = server ? await server.createDatabase() : join(directory, 'data.db');
        const effects = join(directory, 'effects');
        const signingKey = newSigningKey();
        const child = [place, effects, signingKey, 'ws_a'];
        const effectsSoFar = (): number => (existsSync(effects) ? readFileSync(effects).length : 0);
        for (let round = 0; round < kills; round += 1) {
          const before = effectsSoFar();
          // On a server, two processes write to one chain, and either may die.
          const children = server
            ? [runChild('toolsmith.ts', child), runChild('toolsmith.ts', child)]
            : [runChild('toolsmith.ts', child)];
          await expect.poll(effectsSoFar, { timeout: 60_000, interval: 5 }).toBeGreaterThan(before);
          await systemClock.sleep(random.next() * 80);
          for (const each of children) {
            await each.kill();
            await systemClock.sleep(random.next() * 10);
          }
        }
        const db = await openAt(place);
        const audit = await startAudit(db, { signingKey });
        const found = await audit.verify('ws_a');
        const intents = await intentsOf(db);
        await db.stop();
        expect(found).toMatchObject({ ok: true, problem: null });
        const lines = readFileSync(effects, 'utf8').trim().split('\n');
        expect(lines.length).toBeGreaterThanOrEqual(kills);
        expect(withoutIntent(lines, intents)).toEqual([]);
      },
      kills * 60_000 + 60_000,
    );
  },
);

async function openAt(place: string): Promise<Database> {
  const db = openDatabase({
    tables: [runTables, auditTables],
    migrations: [runMigrations, auditMigrations],
    ...(place.startsWith('postgres') ? { url: place } : { path: place }),
  });
  await db.start();
  return db;
}

async function intentsOf(db: Database): Promise<Intent[]> {
  const rows = await db
    .forWorkspace<AuditTables>('ws_a')
    .selectFrom('audit_logs')
    .selectAll()
    .where('phase', '=', 'intent')
    .orderBy('sequence')
    .execute();
  return rows.map((row) => ({
    run: row.agent_run_id ?? '',
    step: row.target_id ?? '',
    recordedAtMs: row.recorded_at_ms,
  }));
}

/** Effects that have no intent of their own which was recorded before. The last line may be cut: then its intent is missing a part of its name. */
function withoutIntent(lines: readonly string[], intents: readonly Intent[]): string[] {
  const open = new Map<string, number[]>();
  for (const { run, step, recordedAtMs } of intents) {
    const key = `${run} ${step}`;
    open.set(key, [...(open.get(key) ?? []), recordedAtMs]);
  }
  return lines.filter((line) => {
    const [run, step, at] = line.split(' ');
    const recordedAtMs = open.get(`${run} ${step}`)?.shift();
    return recordedAtMs === undefined || recordedAtMs > Number(at);
  });
}
