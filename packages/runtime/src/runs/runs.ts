import {
  createIds,
  parseOptions,
  RaptorFlowError,
  systemClock,
  type Clock,
  type Ids,
} from 'raptorflow/kernel';
import { silentMeter, type Meter } from 'raptorflow/metrics';
import {
  createResources,
  type Lease,
  type QuotaGrant,
  type Quotas,
  type Resources,
} from 'raptorflow/resources';
import { z } from 'zod';
import type { AuditTrail } from '../audit/index.ts';
import { currentContext } from '../context/index.ts';
import type { Dispatcher } from '../dispatch/index.ts';
import type { JsonValue } from '../models/model.ts';
import { Admission } from './admission.ts';
import {
  beginExecution,
  replayRun,
  stoppedEntry,
  type Execution,
  type ExecutionParts,
  type ReplayResult,
  type RunBody,
} from './execution.ts';
import type { EntryContent, JournalEntry } from './journal-entry.ts';
import { RunAudit } from './run-audit.ts';
import { takeLease, type RunResources } from './run-lease.ts';
import { isFinal, type Run, type StartRun } from './run.ts';
import { runMeters, type RunMeters } from './run-meters.ts';
import type { AgentRunStats, AgentStatsFilter, RunFilter, RunStatsRow, RunStore, Span } from './run-store.ts';
import { readSteps, type RunStep } from './steps.ts';

/** Bounds of runs; all optional. */
export interface RunsOptions {
  /** Milliseconds an execution may take, waiting for people not counted; default 300,000. */
  readonly deadlineMs?: number;
  /** Runs of one workspace at once; default 10. Runs with a parent use their parent's place. */
  readonly runningMax?: number;
  /** Runs of one workspace that may wait for a place; default 1,000. */
  readonly waitingRunsMax?: number;
  /** Bytes of one result in a journal; default 4 MiB. */
  readonly payloadBytesMax?: number;
  /** Milliseconds that work under way may still take after a run is broken off; default 5,000. */
  readonly stopGraceMs?: number;
}

/** What runs work with. */
export interface RunsDeps {
  readonly store: RunStore;
  readonly dispatcher: Pick<Dispatcher, 'dispatch' | 'dispatchJson'>;
  /**
   * Where each tool call is recorded before it is made, and what people say to runs; over the same database as the store.
   * Without it nothing is recorded.
   */
  readonly audit?: AuditTrail;
  /**
   * The registry of the process: each execution holds a lease in it, under which its tools and what they open are registered. Default: a registry of these
   * runs alone.
   */
  readonly resources?: RunResources;
  /** Counts executions of runs without a parent as `concurrent_runs` while they last, where there is a quota on that. Default: none is counted. */
  readonly quotas?: Pick<Quotas, 'acquire' | 'counted'>;
  /** Executions are counted and timed on it. */
  readonly meter?: Meter;
  readonly clock?: Clock;
  readonly ids?: Ids;
}

/** Which run. */
export interface RunRef {
  readonly workspaceId: string;
  readonly runId: string;
}

/**
 * Runs with one truth, the journal. What a run shows, how it resumes and how it is replayed are readings of it.
 */
export interface Runs {
  /** Stores a run; durable when it resolves. With a key, a second start answers the first one's run. */
  start(start: StartRun): Promise<Run>;
  /**
   * Executes a run until it is finished, waits or is interrupted, and answers it as it then stands. Steps that an earlier
   * execution completed are read from the journal. A run that is final or waits is answered as it is, and one that this
   * process executes already is joined; code that has changed makes it `failed` with `run_diverged`. When it resolves, what its tools
   * left open is closed. Rejects with `exhausted` (too many wait, or a quota on `concurrent_runs` refused it; the run stays as it was), `not_found`, `run_journal_corrupt`, or `run_not_executable` when a later executor took it over.
   */
  execute(ref: RunRef, body: RunBody): Promise<Run>;
  /** Runs the code along the journal with recorded answers only. Changes nothing. */
  replay(ref: RunRef, body: RunBody): Promise<ReplayResult>;
  /** Cancels a run and its children: the signal of whatever runs fires. A final run stays as it is. */
  cancel(ref: RunRef, reason: string): Promise<Run>;
  /** What people say to runs that wait for them. */
  readonly waiting: WaitingRuns;
  /** Throws `not_found`. */
  get(ref: RunRef): Promise<Run>;
  list(workspaceId: string, filter?: RunFilter): Promise<readonly Run[]>;
  steps(ref: RunRef): Promise<readonly RunStep[]>;
  journal(ref: RunRef): Promise<readonly JournalEntry[]>;
  /** By type and status, over runs created within the span. */
  stats(workspaceId: string, span: Span): Promise<readonly RunStatsRow[]>;
  /** What each agent has done, of all time unless the filter says otherwise; agents without runs are left out. */
  statsByAgent(workspaceId: string, filter?: AgentStatsFilter): Promise<readonly AgentRunStats[]>;
  /**
   * Interrupts what runs, waits for it (at most `stopGraceMs` for work under way), and takes no more. Interrupted runs can be
   * executed again, in another process. Stopping twice is one stop.
   */
  stop(): Promise<void>;
}

/** Runs that stand still until a person has spoken. Both throw `run_not_executable` when the run does not wait for that. */
export interface WaitingRuns {
  /** Answers the question a run waits for; it is then queued, and `execute` continues it. */
  answer(ref: RunRef, step: string, answer: JsonValue, actorUserId: string): Promise<Run>;
  /** Says whether an interrupted tool took effect: with its output, or that it shall be called again. */
  resolve(ref: RunRef, step: string, outcome: StepOutcome, actorUserId: string): Promise<Run>;
}

/** What a person says about an interrupted tool. */
export type StepOutcome =
  | { readonly kind: 'happened'; readonly output: JsonValue }
  | { readonly kind: 'repeat' };

const optionsSchema = z.strictObject({
  deadlineMs: z.int().positive().default(300_000),
  runningMax: z.int().positive().default(10),
  waitingRunsMax: z.int().nonnegative().default(1_000),
  payloadBytesMax: z
    .int()
    .positive()
    .default(4 * 1024 * 1024),
  stopGraceMs: z.int().nonnegative().default(5_000),
});

/** The meter that quotas may be set on. */
const runsMeter = 'concurrent_runs';

// A replay touches nothing but memory, so it stands still only when it has left its record; a resume may do slow work of its own.
const replayStallMs = 1_000;
const resumeStallMs = 60_000;

/** Builds the runs of an installation. Throws `invalid_options`. */
export function createRuns(options: RunsOptions, deps: RunsDeps): Runs {
  const parsed = parseOptions('createRuns', optionsSchema, options);
  return new JournaledRuns(parsed, deps);
}

class JournaledRuns implements Runs {
  readonly waiting: WaitingRuns = {
    answer: (ref, step, answer, actorUserId) => this.#answer(ref, step, answer, actorUserId),
    resolve: (ref, step, outcome, actorUserId) => this.#resolve(ref, step, outcome, actorUserId),
  };
  readonly #store: RunStore;
  readonly #ids: Ids;
  readonly #parts: ExecutionParts;
  readonly #admission: Admission;
  readonly #meters: RunMeters;
  readonly #active: Map<string, { readonly execution: Execution; readonly done: Promise<Run> }> = new Map();
  readonly #starting: Map<string, Promise<Run>> = new Map();
  readonly #resources: RunResources;
  /** The registry that nobody else has, where none was given. */
  readonly #own: Resources | undefined;
  readonly #quotas: RunsDeps['quotas'];
  readonly #leaving: AbortController = new AbortController();
  #stopping: Promise<void> | undefined;

  constructor(options: z.output<typeof optionsSchema>, deps: RunsDeps) {
    this.#store = deps.store;
    this.#ids = deps.ids ?? createIds();
    this.#parts = {
      store: deps.store,
      dispatcher: deps.dispatcher,
      audit: deps.audit ?? null,
      clock: deps.clock ?? systemClock,
      deadlineMs: options.deadlineMs,
      stopGraceMs: options.stopGraceMs,
      payloadBytesMax: options.payloadBytesMax,
      stallMs: resumeStallMs,
    };
    this.#admission = new Admission(options.runningMax, options.waitingRunsMax);
    this.#meters = runMeters(deps.meter ?? silentMeter);
    if (deps.resources) {
      this.#resources = deps.resources;
    } else {
      const { clock } = this.#parts;
      this.#resources = this.#own = createResources({ leaks: { growth: false } }, { clock });
    }
    this.#quotas = deps.quotas;
  }

  start(start: StartRun): Promise<Run> {
    return this.#store.insert(start, this.#ids.next('run'));
  }

  execute(ref: RunRef, body: RunBody): Promise<Run> {
    const joined = this.#starting.get(ref.runId);
    if (joined !== undefined) return joined;
    const done = this.#execute(ref, body).finally(() => this.#starting.delete(ref.runId));
    this.#starting.set(ref.runId, done);
    return done;
  }

  async replay(ref: RunRef, body: RunBody): Promise<ReplayResult> {
    return replayRun(await this.get(ref), body, { ...this.#parts, stallMs: replayStallMs });
  }

  async cancel(ref: RunRef, reason: string): Promise<Run> {
    const children = await this.#store.list(ref.workspaceId, { parentRunId: ref.runId, limit: 500 });
    for (const child of children) {
      await this.cancel({ workspaceId: ref.workspaceId, runId: child.id }, reason);
    }
    const active = this.#active.get(ref.runId);
    if (active !== undefined) {
      active.execution.stop({ kind: 'cancelled', reason });
      return active.done;
    }
    const run = await this.get(ref);
    if (isFinal(run.state.status)) return run;
    if (run.state.status === 'running') {
      await this.#store.requestCancel(ref.workspaceId, ref.runId, reason);
      return this.get(ref);
    }
    const entry = stoppedEntry(
      'cancelled',
      new RaptorFlowError('cancelled', `The run was cancelled: ${reason}`),
    );
    const from = ['queued', 'waiting', 'interrupted'] as const;
    return this.#store.intervene(ref.workspaceId, ref.runId, from, entry, {
      status: 'cancelled',
      error: { code: 'cancelled', message: `The run was cancelled: ${reason}` },
      waitReason: null,
    });
  }

  async #answer(ref: RunRef, step: string, answer: JsonValue, actorUserId: string): Promise<Run> {
    const run = await this.#expectWaiting(ref, 'question', step);
    const payload = { answer, actor_user_id: actorUserId };
    return this.#queueAgain(run, { kind: 'question_answered', step, payload });
  }

  async #resolve(ref: RunRef, step: string, outcome: StepOutcome, actorUserId: string): Promise<Run> {
    const run = await this.#expectWaiting(ref, 'uncertain_step', step);
    const payload = {
      outcome: outcome.kind,
      actor_user_id: actorUserId,
      ...(outcome.kind === 'happened' && { output: outcome.output }),
    };
    return this.#queueAgain(run, { kind: 'step_resolved', step, payload });
  }

  #queueAgain(run: Run, entry: EntryContent): Promise<Run> {
    const { audit } = this.#parts;
    return this.#store.intervene(
      run.workspaceId,
      run.id,
      ['waiting'],
      entry,
      { status: 'queued', waitReason: null },
      audit === null ? undefined : new RunAudit(audit, run).alongside(entry),
    );
  }

  async get(ref: RunRef): Promise<Run> {
    const run = await this.#store.find(ref.workspaceId, ref.runId);
    if (run !== null) return run;
    throw new RaptorFlowError('not_found', `There is no run ${ref.runId} in this workspace.`, {
      details: { run_id: ref.runId },
    });
  }

  list(workspaceId: string, filter: RunFilter = {}): Promise<readonly Run[]> {
    return this.#store.list(workspaceId, filter);
  }

  async steps(ref: RunRef): Promise<readonly RunStep[]> {
    return readSteps(await this.journal(ref));
  }

  async journal(ref: RunRef): Promise<readonly JournalEntry[]> {
    await this.get(ref);
    return this.#store.journal(ref.workspaceId, ref.runId);
  }

  stats(workspaceId: string, span: Span): Promise<readonly RunStatsRow[]> {
    return this.#store.stats(workspaceId, span);
  }

  statsByAgent(workspaceId: string, filter?: AgentStatsFilter): Promise<readonly AgentRunStats[]> {
    return this.#store.statsByAgent(workspaceId, filter);
  }

  stop(): Promise<void> {
    this.#stopping ??= this.#interruptAll();
    return this.#stopping;
  }

  async #execute(ref: RunRef, body: RunBody): Promise<Run> {
    const before = await this.get(ref);
    if (isFinal(before.state.status) || before.state.status === 'waiting') return before;
    const leave =
      before.parentRunId === null ? await this.#admission.enter(ref.workspaceId) : () => undefined;
    let grant: QuotaGrant | null = null;
    try {
      this.#assertGoing();
      grant = await this.#count(before);
      this.#assertGoing();
      return await this.#under(takeLease(this.#resources, before), ref, body);
    } finally {
      await grant?.release();
      leave();
    }
  }

  async #under(lease: Lease, ref: RunRef, body: RunBody): Promise<Run> {
    try {
      const claim = await this.#store.claim(ref.workspaceId, ref.runId);
      const execution = beginExecution({ run: await this.get(ref), claim, lease }, body, this.#parts);
      const done = execution.ended.then(() => this.get(ref));
      this.#active.set(ref.runId, { execution, done });
      if (this.#stopping !== undefined) execution.stop({ kind: 'interrupted' });
      return await this.#metered(done);
    } catch (error) {
      // One that never began has nothing under its lease, and one that has ended it already ends it no second time.
      void lease.end();
      throw error;
    } finally {
      this.#active.delete(ref.runId);
    }
  }

  #assertGoing(): void {
    if (this.#stopping === undefined) return;
    throw new RaptorFlowError('unavailable', 'Runs are being stopped; execute it again later.');
  }

  /** Counts a run as one that runs, waiting where a quota says so. A run with a parent is part of its parent, as it is for `runningMax`. */
  async #count({ id, workspaceId, agentId, parentRunId }: Run): Promise<QuotaGrant | null> {
    const quotas = this.#quotas;
    if (parentRunId !== null || quotas?.counted.has(runsMeter) !== true) return null;
    const { userId } = currentContext();
    const subject = { resource: runsMeter, workspaceId, agentId: agentId ?? undefined, runId: id, userId };
    try {
      return await quotas.acquire(1, subject, { signal: this.#leaving.signal });
    } catch (error) {
      // Whoever waits when the process stops is told what others are told then.
      this.#assertGoing();
      throw error;
    }
  }

  async #metered(done: Promise<Run>): Promise<Run> {
    const { clock } = this.#parts;
    const startedAt = clock.monotonic();
    const ended = this.#meters.begin();
    let run: Run | null = null;
    try {
      run = await done;
      return run;
    } finally {
      ended(run, clock.monotonic() - startedAt);
    }
  }

  async #expectWaiting(ref: RunRef, kind: 'question' | 'uncertain_step', step: string): Promise<Run> {
    const run = await this.get(ref);
    const { state } = run;
    if (state.status === 'waiting' && state.reason.kind === kind && state.reason.step === step) return run;
    throw new RaptorFlowError(
      'run_not_executable',
      `The run ${ref.runId} does not wait for step "${step}"; it is ${state.status}.`,
      { details: { run_id: ref.runId, status: state.status, step } },
    );
  }

  async #interruptAll(): Promise<void> {
    this.#leaving.abort();
    for (const { execution } of this.#active.values()) execution.stop({ kind: 'interrupted' });
    await Promise.allSettled(this.#starting.values());
    await this.#own?.stop();
  }
}
