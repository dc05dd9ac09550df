import { spawn, type ChildProcess } from 'node:child_process';
import { mkdtempSync, readFileSync, rmSync, writeFileSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { proofSize, startPostgres, type PostgresServer } from '@raptorflow/rig';
import {
  createRuns,
  createRunStore,
  openDatabase,
  runMigrations,
  runTables,
  type Database,
  type RunRef,
} from '@raptorflow/runtime';
import { createIds, seededRandom, systemClock } from 'raptorflow/kernel';
import { afterAll, afterEach, beforeAll, beforeEach, describe, expect, test } from 'vitest';

import { echoDispatcher } from '../src/runs/contract-suite/fixture.ts';
import { programBody, type RunProgram } from './run-crash/program.ts';

const script = new URL('./run-crash/child.ts', import.meta.url);
const kills = proofSize('RUN_KILLS', 3);
/** Of so many no life that ends early takes more than a few. */
const steps = Array.from({ length: Math.max(40, 12 * kills) }, (_, index) => `step_${index}`);

/** Where the child finds the database, and where it writes each side effect before it tells the journal. */
interface Place {
  readonly database: RunProgram['database'];
  readonly effects: string;
}

describe.each(['sqlite', 'postgres'] as const)(
  'a run in a process that is killed again and again (%s)',
  (engine) => {
    let directory: string;
    let postgres: PostgresServer | undefined;
    let child: ChildProcess | undefined;

    beforeAll(async () => {
      if (engine === 'postgres') postgres = await startPostgres();
    });

    afterAll(async () => {
      await postgres?.stop();
    });

    beforeEach(() => {
      directory = mkdtempSync(join(tmpdir(), 'raptorflow-runs-'));
    });

    afterEach(() => {
      child?.kill('SIGKILL');
      rmSync(directory, { recursive: true, force: true });
    });

    const placeOf = async (): Promise<Place> => ({
      database:
        postgres === undefined
          ? { path: join(directory, 'runs.db') }
          : { url: await postgres.createDatabase() },
      effects: join(directory, 'effects.log'),
    });

    const openAt = async (place: Place): Promise<Database> => {
      const db = openDatabase({ ...place.database, tables: [runTables], migrations: [runMigrations] });
      await db.start();
      return db;
    };

    /** Starts the child; resolves when it has ended by itself. */
    const execute = (place: Place, ref: RunRef): { process: ChildProcess; ended: Promise<number | null> } => {
      const program: RunProgram = { ...place, ...ref, steps };
      const spawned = spawn(
        process.execPath,
        ['--conditions=@raptorflow/source', script.pathname, JSON.stringify(program)],
        { stdio: ['ignore', 'inherit', 'inherit'] },
      );
      child = spawned;
      const ended = Promise.withResolvers<number | null>();
      spawned.once('exit', (code) => ended.resolve(code));
      return { process: spawned, ended: ended.promise };
    };

    test(
      'resumes where its journal ends, repeats no completed step, and replays the same',
      async () => {
        const place = await placeOf();
        writeFileSync(place.effects, '');
        const before = await openAt(place);
        const random = seededRandom(11);
        const store = createRunStore({ db: before });
        const run = await store.insert(
          { workspaceId: 'ws_a', runType: 'task', input: { steps } },
          createIds({ random }).next('run'),
        );
        const ref = { workspaceId: 'ws_a', runId: run.id };
        await before.stop();

        let killed = 0;
        for (; killed < kills; killed += 1) {
          const lines = readFileSync(place.effects, 'utf8').length;
          const running = execute(place, ref);
          // Some steps on, at a moment of chance.
          const gone = running.ended.then(() => true);
          while (readFileSync(place.effects, 'utf8').length === lines && !(await settledSoon(gone))) continue;
          await systemClock.sleep(random.next() * 25);
          running.process.kill('SIGKILL');
          if ((await running.ended) === 0) break;
        }
        expect(killed).toBeGreaterThan(kills / 2);
        expect(await execute(place, ref).ended).toBe(0);

        const db = await openAt(place);
        const runs = createRuns({}, { store: createRunStore({ db }), dispatcher: echoDispatcher() });
        const finished = await runs.get(ref);
        expect(finished.state).toMatchObject({ status: 'completed' });
        expect(finished.executions).toBe(killed + 1);
        const effects = readFileSync(place.effects, 'utf8').trim().split('\n');
        const journal = await runs.journal(ref);
        for (const name of steps) {
          expect(
            journal.filter((entry) => entry.step === name && entry.kind === 'tool_completed'),
          ).toHaveLength(1);
          const of = effects.filter((line) => line.startsWith(`${name} `));
          expect(of.length).toBeGreaterThanOrEqual(1);
          // Every further effect of a step was of an execution that died before it could record the one before it.
          expect(new Set(of).size).toBe(of.length);
        }
        // Of all steps, each kill interrupts at most the one that was under way.
        expect(effects.length).toBeLessThanOrEqual(steps.length + killed);
        const nothing = programBody(steps, () => Promise.reject(new TypeError('A replay calls nothing.')));
        expect(await runs.replay(ref, nothing)).toMatchObject({
          identical: true,
          hash: journal.at(-1)?.hash,
        });
        await db.stop();
      },
      60_000 + kills * 10_000,
    );
  },
);

async function settledSoon(work: Promise<boolean>): Promise<boolean> {
  return Promise.race([work, systemClock.sleep(2).then(() => false)]);
}
