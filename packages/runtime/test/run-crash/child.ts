import { appendFileSync } from 'node:fs';
import {
  createRuns,
  createRunStore,
  fromJsonText,
  openDatabase,
  runMigrations,
  runTables,
} from '@raptorflow/runtime';
import { systemClock } from 'raptorflow/kernel';
import { programBody, type RunProgram } from './program.ts';

const program = fromJsonText<RunProgram>(process.argv[2] ?? '{}');
const db = openDatabase({ ...program.database, tables: [runTables], migrations: [runMigrations] });
await db.start();
const refuse = (): Promise<never> => Promise.reject(new TypeError('This run calls no model.'));
const runs = createRuns(
  {},
  { store: createRunStore({ db }), dispatcher: { dispatch: refuse, dispatchJson: refuse } },
);
await runs.execute(
  { workspaceId: program.workspaceId, runId: program.runId },
  programBody(program.steps, async (step) => {
    appendFileSync(program.effects, `${step} ${process.pid}\n`);
    await systemClock.sleep(3);
  }),
);
await db.stop();
