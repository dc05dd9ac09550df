import { createResources, spawnTracked } from 'raptorflow/resources';
import { createRuns, createRunStore, openDatabase, runMigrations, runTables } from '../../src/index.ts';

/*
 * A worker that executes a run whose tool has started a program with a child of its own and one that leaves its session, until the worker is killed.
 * Arguments: the database, and a text that the command lines of all of them carry.
 */

const [, , path = '', tag = ''] = process.argv;
const db = openDatabase({ path, tables: [runTables], migrations: [runMigrations] });
await db.start();
const resources = createResources({ leaks: { growth: false } });
await resources.start();
const refuse = (): Promise<never> => Promise.reject(new TypeError('This run calls no model.'));
const runs = createRuns(
  {},
  { store: createRunStore({ db }), resources, dispatcher: { dispatch: refuse, dispatchJson: refuse } },
);
const { id: runId } = await runs.start({ workspaceId: 'ws_a', runType: 'task', input: null });
await runs.execute({ workspaceId: 'ws_a', runId }, (run) =>
  run.tool('browse', null, ({ resources: room, signal }) => {
    const script = `trap '' TERM; (bash -c 'sleep 700.${tag}; :') & (setsid sleep 701.${tag} &) ; sleep 702.${tag}; :`;
    spawnTracked(room, 'bash', ['-c', script], { stdio: 'ignore' });
    process.stdout.write('ready\n');
    return new Promise((_resolve, reject) => {
      signal.addEventListener('abort', () => reject(signal.reason as Error));
    });
  }),
);
