import type { AuditTrail } from '../audit/index.ts';
import {
  isRaptorFlowError,
  maskSecrets,
  RaptorFlowError,
  toRaptorFlowError,
  type Clock,
} from 'raptorflow/kernel';
import type { Lease } from 'raptorflow/resources';
import type { Dispatcher } from '../dispatch/index.ts';
import type { JsonObject, JsonValue } from '../models/model.ts';
import { JournalDriver, never, type AppendEntries, type Divergence } from './journal-driver.ts';
import { verifyJournal, type EntryContent } from './journal-entry.ts';
import type { Run, WaitReason } from './run.ts';
import { endLease, runTool } from './run-lease.ts';
import { RunAudit } from './run-audit.ts';
import { createRunContext, type ContextParts, type RunContext } from './run-context.ts';
import { changeOf, type RunClaim, type RunStore } from './run-store.ts';

/** The code of a run: deterministic but for what it learns through its context. */
export type RunBody = (run: RunContext) => Promise<JsonValue>;

/** Why an execution is broken off from outside. */
export type StopReason =
  | { readonly kind: 'cancelled'; readonly reason: string }
  | { readonly kind: 'deadline' }
  | { readonly kind: 'interrupted' };

/** What executions are made with. */
export interface ExecutionParts {
  readonly store: RunStore;
  readonly clock: Clock;
  readonly dispatcher: Pick<Dispatcher, 'dispatch' | 'dispatchJson'>;
  /** Where tool calls are recorded; null for nowhere. */
  readonly audit: AuditTrail | null;
  readonly deadlineMs: number;
  readonly stopGraceMs: number;
  readonly payloadBytesMax: number;
  readonly stallMs: number;
}

/** A run while its code runs. */
export interface Execution {
  /** Resolves when the run has left this execution: finished, waiting or interrupted. Rejects when its journal cannot be written. */
  readonly ended: Promise<void>;
  /** Breaks it off; the first reason counts. */
  stop(reason: StopReason): void;
}

type Halt =
  | { readonly kind: 'diverged'; readonly divergence: Divergence }
  | { readonly kind: 'suspended'; readonly reason: WaitReason }
  | { readonly kind: 'stopped'; readonly by: StopReason };

/** A run that may be executed, and what it is executed under. */
export interface Claimed {
  readonly run: Run;
  readonly claim: RunClaim;
  /** Ended with the execution, whatever ends that. */
  readonly lease: Lease;
}

/** Begins to execute a claimed run: along its journal as far as that goes, then live. */
export function beginExecution(
  { run, claim, lease }: Claimed,
  body: RunBody,
  parts: ExecutionParts,
): Execution {
  const abort = new AbortController();
  const halt = Promise.withResolvers<Halt>();
  // It may be rejected when nobody waits for it any more; whoever does still sees it.
  halt.promise.catch(() => undefined);
  const flight = new Flight();
  const audit = parts.audit && new RunAudit(parts.audit, run);
  let stopped: StopReason | undefined;
  let driver: JournalDriver | undefined;
  const stop = (by: StopReason): void => {
    if (stopped !== undefined) return;
    stopped = by;
    const error = stopError(run.id, by, parts.deadlineMs);
    abort.abort(error);
    driver?.stop(error);
    const grace = parts.clock.setTimeout(() => halt.resolve({ kind: 'stopped', by }), parts.stopGraceMs);
    flight.idle(() => {
      grace.cancel();
      halt.resolve({ kind: 'stopped', by });
    });
  };
  const append = entriesWriter(claim, audit, parts, {
    cancelled: (reason) => stop({ kind: 'cancelled', reason }),
    failed: (failure) => {
      driver?.stop(failure);
      halt.reject(failure);
      abort.abort(failure);
    },
  });
  const proceed = async (): Promise<void> => {
    const recorded = await parts.store.journal(run.workspaceId, run.id);
    verifyJournal(run.id, recorded);
    driver = new JournalDriver(recorded, append, parts);
    const deadline = parts.clock.setTimeout(() => stop({ kind: 'deadline' }), parts.deadlineMs);
    try {
      if (stopped !== undefined) driver.stop(stopError(run.id, stopped, parts.deadlineMs));
      const context = createRunContext({
        run,
        driver,
        signal: abort.signal,
        ...dispatching(parts),
        repeating: async (step, input, effect) => audit?.again(step, input, effect),
        running: (step, work) =>
          runTool(lease, { step, signal: abort.signal, lifetimeMsMax: parts.deadlineMs }, work),
        inFlight: (work) => flight.carry(work),
        suspend: (reason) => {
          driver?.freeze();
          flight.idle(() => halt.resolve({ kind: 'suspended', reason }));
        },
      });
      const finished = runBody(body, context, driver, abort.signal);
      const left = driver.diverged.then((divergence): Halt => ({ kind: 'diverged', divergence }));
      const ending = await Promise.race([finished, halt.promise, left]);
      // The journal has one writer at a time: an entry that is on its way would make the last one a conflict.
      await driver.written();
      await end(ending, claim, parts);
    } finally {
      deadline.cancel();
      // Whatever the code still has under way belongs to a run that is over.
      abort.abort(new RaptorFlowError('cancelled', 'The run has ended.'));
      await endLease(lease, parts.clock, parts.stopGraceMs);
    }
  };
  const ended = proceed();
  return { ended, stop };
}

/** Writes entries one after the other, each with what the audit log says of it. */
function entriesWriter(
  claim: RunClaim,
  audit: RunAudit | null,
  { store }: ExecutionParts,
  tell: { readonly cancelled: (reason: string) => void; readonly failed: (failure: RaptorFlowError) => void },
): AppendEntries {
  return async (entries) => {
    for (const entry of entries) {
      try {
        const { cancelRequested } = await store.append(
          claim,
          entry,
          changeOf(entry),
          audit?.alongside(entry),
        );
        if (cancelRequested !== null) tell.cancelled(cancelRequested);
      } catch (error) {
        const failure = toRaptorFlowError(error);
        tell.failed(failure);
        throw failure;
      }
    }
  };
}

function dispatching({
  dispatcher,
  payloadBytesMax,
}: ExecutionParts): Pick<ContextParts, 'dispatch' | 'dispatchJson' | 'payloadBytesMax'> {
  return {
    dispatch: (request) => dispatcher.dispatch(request),
    dispatchJson: (request, schema, name) => dispatcher.dispatchJson(request, schema, name),
    payloadBytesMax,
  };
}

/** Runs the code to its end and enters how it ended. Stays pending when the execution was broken off instead. */
async function runBody(
  body: RunBody,
  context: RunContext,
  driver: JournalDriver,
  signal: AbortSignal,
): Promise<Halt | null> {
  let ending: Promise<EntryContent>;
  try {
    const output = await body(context);
    ending = driver.enter('run_completed', null, { output });
  } catch (error) {
    if (signal.aborted) return never();
    // The execution learns of it from the driver; there is no place in the record for an end.
    if (isRaptorFlowError(error, 'run_diverged')) return never();
    ending = driver.enter('run_failed', null, { error: errorPayload(error) });
  }
  try {
    await ending;
  } catch (error) {
    if (signal.aborted || isRaptorFlowError(error, 'run_diverged')) return never();
    throw error;
  }
  return null;
}

async function end(halt: Halt | null, claim: RunClaim, parts: ExecutionParts): Promise<void> {
  if (halt === null) return;
  if (halt.kind === 'suspended') {
    await parts.store.append(claim, null, { status: 'waiting', waitReason: halt.reason });
    return;
  }
  if (halt.kind === 'diverged') {
    const entry = stoppedEntry('failed', divergedError(claim.runId, halt.divergence));
    await parts.store.append(claim, entry, changeOf(entry));
    return;
  }
  if (halt.by.kind === 'interrupted') {
    await parts.store.append(claim, null, { status: 'interrupted' });
    return;
  }
  const status = halt.by.kind === 'cancelled' ? 'cancelled' : 'failed';
  const entry = stoppedEntry(status, stopError(claim.runId, halt.by, parts.deadlineMs));
  await parts.store.append(claim, entry, changeOf(entry));
}

/** The last entry of a run that was ended from outside its code. */
export function stoppedEntry(status: 'cancelled' | 'failed', error: RaptorFlowError): EntryContent {
  return { kind: 'run_stopped', step: null, payload: { status, error: errorPayload(error) } };
}

/** What a replay found. */
export type ReplayResult =
  /** The same entries, byte for byte. `hash` is that of the last one and stands for all. */
  | { readonly identical: true; readonly entries: number; readonly hash: string }
  | ({ readonly identical: false } & Divergence);

/** Runs the code along a journal with recorded answers only: nothing is called and nothing is written. */
export async function replayRun(
  run: Run,
  body: RunBody,
  parts: Omit<ExecutionParts, 'dispatcher' | 'audit'>,
): Promise<ReplayResult> {
  const recorded = await parts.store.journal(run.workspaceId, run.id);
  verifyJournal(run.id, recorded);
  const driver = new JournalDriver(recorded, null, parts);
  const abort = new AbortController();
  const offline = (): Promise<never> =>
    Promise.reject(new RaptorFlowError('internal', 'A replay never calls anything.'));
  const context = createRunContext({
    run,
    driver,
    signal: abort.signal,
    dispatch: offline,
    dispatchJson: offline,
    payloadBytesMax: parts.payloadBytesMax,
    repeating: offline,
    running: offline,
    inFlight: offline,
    suspend: () => undefined,
  });
  // Its own end is one of the entries; a rejection after a divergence says nothing new.
  runBody(body, context, driver, abort.signal).catch(() => undefined);
  const divergence = await Promise.race([driver.diverged, driver.exhausted]);
  abort.abort();
  if (divergence !== undefined) return { identical: false, ...divergence };
  return { identical: true, entries: recorded.length, hash: recorded.at(-1)?.hash ?? '' };
}

function errorPayload(error: unknown): JsonObject {
  const { code, message } = toRaptorFlowError(error);
  // A provider may quote the key that it refused.
  return { code, message: maskSecrets(message) };
}

function divergedError(runId: string, { seq, recorded, actual }: Divergence): RaptorFlowError {
  const name = (entry: EntryContent | null): string =>
    entry === null ? 'nothing' : `${entry.kind}${entry.step === null ? '' : ` "${entry.step}"`}`;
  return new RaptorFlowError(
    'run_diverged',
    `The code of ${runId} is not the one that began it: entry ${seq} is ${name(recorded)}, it now does ${name(actual)}. Start a new run.`,
    { details: { run_id: runId, seq } },
  );
}

function stopError(runId: string, by: StopReason, deadlineMs: number): RaptorFlowError {
  const details = { run_id: runId };
  if (by.kind === 'deadline') {
    return new RaptorFlowError('timeout', `The run did not end within ${deadlineMs} ms.`, { details });
  }
  const message =
    by.kind === 'cancelled' ? `The run was cancelled: ${by.reason}` : 'The run was interrupted.';
  return new RaptorFlowError('cancelled', message, { details });
}

/** Counts work whose result must reach the journal before the execution may end. */
class Flight {
  #carried = 0;
  #whenIdle: (() => void)[] = [];

  async carry<T>(work: () => Promise<T>): Promise<T> {
    this.#carried += 1;
    try {
      return await work();
    } finally {
      this.#carried -= 1;
      if (this.#carried === 0) for (const run of this.#whenIdle.splice(0)) run();
    }
  }

  idle(run: () => void): void {
    if (this.#carried === 0) run();
    else this.#whenIdle.push(run);
  }
}
