import { generateKeyPairSync } from 'node:crypto';
import { join } from 'node:path';
import { startPostgres } from '@raptorflow/rig';
import {
  auditMigrations,
  auditTables,
  createAuditLog,
  openDatabase,
  type AuditEntry,
  type AuditLog,
  type Database,
} from '@raptorflow/runtime';
import { withDirectory } from './engines/scratch.ts';
import { assertCount } from './harness/fault.ts';
import type { Readings } from './harness/findings.ts';
import type { Question } from './harness/question.ts';
import { runRace, type Leg } from './harness/race.ts';

const workspaceId = 'wsp_bench';
/** Callers that each wait for their row before they write the next. */
const callers = 256;
/** Callers of transactions of their own: more would only wait for a connection. */
const ownCallers = 32;

const entry: AuditEntry = {
  workspaceId,
  action: 'tool.call',
  phase: 'intent',
  actor: { kind: 'agent', id: 'agt_0198f0b2-7c1e-7d3a-9b55-0d6f2f3a4b5c' },
  target: { kind: 'tool', id: 'fetch_page' },
  correlationId: 'req_0198f0b2-7c1e-7d3a-9b55-0d6f2f3a4b5d',
  agentId: 'agt_0198f0b2-7c1e-7d3a-9b55-0d6f2f3a4b5c',
  agentRunId: 'run_0198f0b2-7c1e-7d3a-9b55-0d6f2f3a4b5e',
  campaignId: 'cmp_0198f0b2-7c1e-7d3a-9b55-0d6f2f3a4b5f',
  details: { step: 'fetch:3', effect: 'idempotent', input: { url: 'https://example.com/pricing', depth: 1 } },
};

type Way = (db: Database, audit: AuditLog) => Promise<unknown>;

const together: Way = (_db, audit) => audit.append(entry);
const oneByOne: Way = (db, audit) => db.transaction(workspaceId, (unit) => audit.appendWithin(unit, [entry]));

async function measure(
  db: Database,
  way: Way,
  inFlight: number,
  legMs: number,
  key: string,
): Promise<Readings> {
  await db.start();
  const { privateKey } = generateKeyPairSync('ed25519');
  const signingKey = privateKey.export({ format: 'der', type: 'pkcs8' }).toString('base64');
  const audit = createAuditLog({ signingKey }, { db });
  await audit.start();
  try {
    let written = 0;
    const began = performance.now();
    const until = began + legMs;
    const caller = async (): Promise<void> => {
      while (performance.now() < until) {
        await way(db, audit);
        written += 1;
      }
    };
    await Promise.all(Array.from({ length: inFlight }, caller));
    const perSecond = (written * 1_000) / (performance.now() - began);
    const walkBegan = performance.now();
    const found = await audit.verify(workspaceId);
    const walkMs = performance.now() - walkBegan;
    assertCount(
      `rows of a chain that is ${found.ok ? 'whole' : 'broken'}`,
      found.ok ? found.rows : -1,
      written,
    );
    return {
      [key]: perSecond,
      ...(way === together && { [`verify_${key}`]: (found.rows * 1_000) / walkMs }),
    };
  } finally {
    await audit.stop();
    await db.stop();
  }
}

const room = { tables: [auditTables], migrations: [auditMigrations] };

function legs(
  open: (work: (db: Database) => Promise<Readings>) => Promise<Readings>,
  legMs: number,
  key: string,
): Leg[] {
  return [
    { who: 'ours', run: () => open((db) => measure(db, together, callers, legMs, key)) },
    { who: 'own_transactions', run: () => open((db) => measure(db, oneByOne, ownCallers, legMs, key)) },
  ];
}

/** How many durable, chained and signed rows a second the audit log takes. */
export const auditQuestion: Question = {
  name: 'audit',
  about:
    'durable, hash-chained and signed rows a second of one workspace, and how fast the chain is verified',
  figures: {
    rows_per_s: {
      about:
        'rows a second on PostgreSQL, 256 callers that each wait for their row; `own_transactions`: each row in one of its own',
      target: 'at least 5,000',
    },
    sqlite_rows_per_s: { about: 'the same on SQLite, synced to the disk', target: 'at least 5,000' },
    verify_rows_per_s: { about: 'rows a second that a verification walks on PostgreSQL' },
    verify_sqlite_rows_per_s: { about: 'the same on SQLite' },
  },
  async run(settings, findings) {
    const { legMs, rounds, print } = settings;
    const server = await startPostgres({ fsync: true });
    try {
      const onPostgres = async (work: (db: Database) => Promise<Readings>): Promise<Readings> =>
        work(openDatabase({ url: await server.createDatabase(), ...room }));
      await runRace(
        { title: 'PostgreSQL', legs: legs(onPostgres, legMs, 'rows_per_s'), rounds },
        findings,
        print,
      );
    } finally {
      await server.stop();
    }
    const onSqlite = (work: (db: Database) => Promise<Readings>): Promise<Readings> =>
      withDirectory((directory) => work(openDatabase({ path: join(directory, 'audit.db'), ...room })));
    await runRace(
      { title: 'SQLite', legs: legs(onSqlite, legMs, 'sqlite_rows_per_s'), rounds },
      findings,
      print,
    );
  },
};
