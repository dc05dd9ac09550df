import type { DatabaseSync } from 'node:sqlite';
import { parentPort, receiveMessageOnPort, workerData } from 'node:worker_threads';
import { RaptorFlowError, systemClock } from '../kernel/index.ts';
import { CommitGroup } from './commit-group.ts';
import { migrateSqlite } from './migration.ts';
import type { ProgramModule } from './program.ts';
import { maintain, openDatabase } from './sqlite-file.ts';
import { Housekeeping } from './housekeeping.ts';
import type { Durability, SqliteLimits } from './sqlite-options.ts';
import { toStorageError } from './sqlite-errors.ts';
import { toWireError, type CommittedMessage, type OwnerMessage, type WorkerMessage } from './wire.ts';

/*
 * The worker's side of a store. It takes everything that waits in its inbox, runs it as one group and commits;
 * only then does it answer. Between groups, when nothing waits, it checkpoints and lets the program keep house.
 */

interface WorkerInput {
  readonly path: string;
  readonly program: string;
  readonly programOptions: unknown;
  readonly durability: Durability;
  readonly limits: Required<SqliteLimits>;
}

if (!parentPort) throw new RaptorFlowError('internal', 'This module runs only as the worker of a store.');
const port = parentPort;
const input = workerData as WorkerInput;
const post = (message: WorkerMessage): void => port.postMessage(message);

try {
  const module = (await import(input.program)) as ProgramModule;
  const { db, uncleanStop } = openDatabase(input);
  if (module.migrations) migrateSqlite(db, module.migrations, systemClock.now());
  const queued: unknown[] = [];
  let notify = (message: unknown): void => void queued.push(message);
  const program = module.createProgram(db, input.programOptions, { notify: (message) => notify(message) });
  const group = new CommitGroup(
    {
      db,
      batchCallsMax: input.limits.batchCallsMax,
      emit: postCommitted,
    },
    program,
  );
  notify = (message) => group.notify(message);
  post({ kind: 'ready', operations: Object.keys(program.operations), uncleanStop });
  serve(
    db,
    group,
    new Housekeeping({
      db,
      group,
      program,
      clock: systemClock,
      report: (error) => post({ kind: 'trouble', error: toWireError(toStorageError(error)) }),
    }),
  );
} catch (error) {
  post({ kind: 'refused', error: toWireError(toStorageError(error)) });
  port.close();
}

function serve(db: DatabaseSync, group: CommitGroup, housekeeping: Housekeeping): void {
  port.on('message', (first: OwnerMessage) => {
    handle(first);
    for (let next = receiveMessageOnPort(port); next; next = receiveMessageOnPort(port)) {
      handle(next.message as OwnerMessage);
    }
    group.flush();
    housekeeping.afterWork();
  });

  function handle(message: OwnerMessage): void {
    switch (message.kind) {
      case 'calls':
        group.run(message.names, message.args);
        return;
      case 'begin':
        group.begin();
        return;
      case 'step':
        answerStep(group, message.name, message.args);
        return;
      case 'end':
        group.end(message.outcome);
        return;
      case 'maintain':
        // What was asked for before is part of the answer.
        group.flush();
        maintain(db, input.path, message.task).then(
          (value) => post({ kind: 'maintained', id: message.id, value, error: undefined }),
          (error: unknown) =>
            post({
              kind: 'maintained',
              id: message.id,
              value: undefined,
              error: toWireError(toStorageError(error)),
            }),
        );
        return;
      case 'stop':
        group.flush();
        housekeeping.stop();
        db.close();
        port.close();
    }
  }
}

function answerStep(group: CommitGroup, name: number, args: unknown): void {
  try {
    post({ kind: 'step', value: group.step(name, args), error: undefined });
  } catch (error) {
    post({ kind: 'step', value: undefined, error: toWireError(toStorageError(error)) });
  }
}

// A result that cannot be cloned must not take the others with it: its caller is told, although the call is committed.
function postCommitted(message: CommittedMessage): void {
  try {
    post(message);
  } catch {
    const failures = [...message.failures];
    const results = message.results.map((result, index) => {
      if (isCloneable(result)) return result;
      const text = 'The result of the operation cannot be sent back; the call is committed.';
      failures.push([index, toWireError(new RaptorFlowError('internal', text))]);
      return undefined;
    });
    failures.sort(([a], [b]) => a - b);
    post({ ...message, results, failures, notifications: message.notifications.filter(isCloneable) });
  }
}

function isCloneable(value: unknown): boolean {
  try {
    structuredClone(value);
    return true;
  } catch {
    return false;
  }
}
