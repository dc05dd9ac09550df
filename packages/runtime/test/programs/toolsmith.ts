import { appendFileSync } from 'node:fs';
import {
  auditMigrations,
  auditTables,
  createAuditLog,
  createRuns,
  createRunStore,
  openDatabase,
  runMigrations,
  runTables,
  type RunBody,
} from '../../src/index.ts';

/*
 * A process whose runs call tools with a real side effect, a line in a file, as fast as they can, until it is killed; runs that an
 * earlier process left are gone on with. Arguments: the database (path or address), the file, the signing key, the workspace.
 */

const [, , place = '', effects = '', signingKey = '', workspaceId = ''] = process.argv;
const db = openDatabase({
  tables: [runTables, auditTables],
  migrations: [runMigrations, auditMigrations],
  ...(place.startsWith('postgres') ? { url: place } : { path: place }),
});
await db.start();
const audit = createAuditLog({ signingKey }, { db });
await audit.start();
const store = createRunStore({ db });
const refuse = (): Promise<never> => Promise.reject(new TypeError('These runs call no model.'));
const runs = createRuns({}, { store, audit, dispatcher: { dispatch: refuse, dispatchJson: refuse } });

const body: RunBody = async (run) => {
  for (let step = 0; step < 8; step += 1) {
    await run.tool(`step_${step}`, step, async () => {
      appendFileSync(effects, `${run.run.id} step_${step} ${Date.now()}\n`);
      return step;
    });
  }
  return null;
};

const left = await runs.list(workspaceId, { status: 'running', limit: 100 });
process.stdout.write('ready\n');
await Promise.all(left.map((run) => runs.execute({ workspaceId, runId: run.id }, body)));

async function work(): Promise<never> {
  for (;;) {
    const run = await runs.start({ workspaceId, runType: 'task', input: null });
    await runs.execute({ workspaceId, runId: run.id }, body);
  }
}

await Promise.all([work(), work(), work(), work()]);
