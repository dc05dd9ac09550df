import { appendFileSync } from 'node:fs';
import { isRaptorFlowError } from 'raptorflow/kernel';
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

// Another process may have taken a run over, as it may after a crash; then this one has nothing more to do with it.
async function execute(runId: string): Promise<void> {
  try {
    await runs.execute({ workspaceId, runId }, body);
  } catch (error) {
    if (!isRaptorFlowError(error, 'run_not_executable')) throw error;
  }
}

const left = await runs.list(workspaceId, { status: 'running', limit: 100 });
process.stdout.write('ready\n');
await Promise.all(left.map((run) => execute(run.id)));

async function work(): Promise<never> {
  for (;;) {
    const run = await runs.start({ workspaceId, runType: 'task', input: null });
    await execute(run.id);
  }
}

await Promise.all([work(), work(), work(), work()]);
