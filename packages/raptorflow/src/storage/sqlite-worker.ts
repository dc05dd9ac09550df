import type { DatabaseSync } from 'node:sqlite';
import { parentPort, receiveMessageOnPort, type MessagePort } from 'node:worker_threads';
import { RaptorFlowError, systemClock } from '../kernel/index.ts';
import { CommitGroup } from './commit-group.ts';
import { migrateSqlite } from './migration.ts';
import type { ProgramModule } from './program.ts';
import { maintain, openDatabase } from './sqlite-file.ts';
import { Housekeeping } from './housekeeping.ts';
import { toStorageError } from './sqlite-errors.ts';
import {
  toWireError,
  type CommittedMessage,
  type OpenMessage,
  type OwnerMessage,
  type ThreadMessage,
  type WorkerMessage,
} from './wire.ts';

/*
 * The worker's side of stores. Each has a file and a port. The thread takes everything that waits in the inbox of a port, runs it as one group and
 * commits; only then does it answer, and turns to the next. Between groups, when nothing waits, it checkpoints and lets the program keep house.
 */

type Post = (message: WorkerMessage) => void;

if (!parentPort) throw new RaptorFlowError('internal', 'This module runs only as the worker of stores.');
const parent = parentPort;
parent.on('message', (message: ThreadMessage) => {
  if (message === 'end') parent.close();
  else void open(message);
});

async function open({ port, ...file }: OpenMessage): Promise<void> {
  const post: Post = (message) => port.postMessage(message);
  try {
    const module = (await import(file.program)) as ProgramModule;
    const { db, uncleanStop } = openDatabase(file);
    if (module.migrations) migrateSqlite(db, module.migrations, systemClock.now());
    const queued: unknown[] = [];
    let notify = (message: unknown): void => void queued.push(message);
    const program = module.createProgram(db, file.programOptions, { notify: (message) => notify(message) });
    const group = new CommitGroup(
      {
        db,
        batchCallsMax: file.limits.batchCallsMax,
        emit: (message) => postCommitted(post, message),
      },
      program,
    );
    notify = (message) => group.notify(message);
    post({ kind: 'ready', operations: Object.keys(program.operations), uncleanStop });
    const report = (error: unknown): void =>
      post({ kind: 'trouble', error: toWireError(toStorageError(error)) });
    serve(
      { db, group, path: file.path, port, post },
      new Housekeeping({ db, group, program, clock: systemClock, report }),
    );
  } catch (error) {
    post({ kind: 'refused', error: toWireError(toStorageError(error)) });
    port.close();
  }
}

interface OpenFile {
  readonly db: DatabaseSync;
  readonly group: CommitGroup;
  readonly path: string;
  readonly port: MessagePort;
  readonly post: Post;
}

function serve({ db, group, path, port, post }: OpenFile, housekeeping: Housekeeping): void {
  port.on('message', (first: OwnerMessage) => {
    handle(first);
    for (let next = receiveMessageOnPort(port); next; next = receiveMessageOnPort(port)) {
      handle(next.message as OwnerMessage);
    }
    if (!db.isOpen) return;
    group.flush();
    housekeeping.afterWork();
  });
  // An owner who waits no longer has cut it.
  port.on('close', close);

  function close(): void {
    if (!db.isOpen) return;
    housekeeping.stop();
    db.close();
  }

  function handle(message: OwnerMessage): void {
    switch (message.kind) {
      case 'calls':
        group.run(message.names, message.args);
        return;
      case 'begin':
        group.begin();
        return;
      case 'step':
        answerStep(group, post, message);
        return;
      case 'end':
        group.end(message.outcome);
        return;
      case 'maintain':
        // What was asked for before is part of the answer.
        group.flush();
        maintain(db, path, message.task).then(
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
        close();
        port.close();
    }
  }
}

function answerStep(
  group: CommitGroup,
  post: Post,
  { name, args }: Extract<OwnerMessage, { kind: 'step' }>,
): void {
  try {
    post({ kind: 'step', value: group.step(name, args), error: undefined });
  } catch (error) {
    post({ kind: 'step', value: undefined, error: toWireError(toStorageError(error)) });
  }
}

// A result that cannot be cloned must not take the others with it: its caller is told, although the call is committed.
function postCommitted(post: Post, message: CommittedMessage): void {
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
