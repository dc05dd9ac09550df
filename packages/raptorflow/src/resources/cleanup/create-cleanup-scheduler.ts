import {
  createIds,
  isRaptorFlowError,
  Lifecycle,
  parseOptions,
  RaptorFlowError,
  silentLogger,
  systemClock,
  type Clock,
  type Ids,
  type Logger,
  type Random,
  type ServiceState,
  type StopOptions,
  type Timer,
} from '../../kernel/index.ts';
import { silentMeter, type Meter } from '../../metrics/index.ts';
import { createExecutor } from '../../resilience/index.ts';
import { reportOf, taskOf } from './accounting.ts';
import type { CleanupActions } from './action.ts';
import { Claiming } from './claiming.ts';
import { abandoned } from './claims.ts';
import { Ledger, unknownTask } from './ledger.ts';
import { cleanupMeters, type CleanupMeters } from './meters.ts';
import {
  cleanupOptionsSchema,
  type CleanupSchedulerOptions,
  type ResolvedCleanupOptions,
} from './options.ts';
import type { CleanupPorts } from './ports.ts';
import { noClaims, noTotals, type CleanupRecord } from './record.ts';
import type { CleanupScheduler, CleanupSchedulerReport, CleanupTaskChanges } from './scheduler.ts';
import { memoryCleanupStore } from './stores/memory.ts';
import type { CleanupResultsPage, CleanupResultsQuery, CleanupStore } from './store.ts';
import { parseCleanupTask } from './task-schema.ts';
import { TaskTriggers } from './task-triggers.ts';
import type { CleanupResult, CleanupTask, CleanupTaskDraft } from './task.ts';
import { assertPorts } from './triggers.ts';
import { isRepeatable, Workers } from './workers.ts';

/** What cleanup needs from outside. */
export interface CleanupSchedulerDeps {
  /** What tasks can do, by name. */
  readonly actions: CleanupActions;
  /** Default: in memory. It is opened at the start and closed at the stop. */
  readonly store?: CleanupStore;
  readonly ports?: CleanupPorts;
  readonly clock?: Clock;
  readonly random?: Random;
  readonly log?: Logger;
  readonly meter?: Meter;
}

/** Builds the scheduler. Throws `invalid_options`. */
export function createCleanupScheduler(
  options: CleanupSchedulerOptions,
  deps: CleanupSchedulerDeps,
): CleanupScheduler {
  return new Scheduler(parseOptions('createCleanupScheduler', cleanupOptionsSchema, options), deps);
}

const resultsLimitMax = 1_000;

class Scheduler implements CleanupScheduler {
  readonly #options: ResolvedCleanupOptions;
  readonly #actions: CleanupActions;
  readonly #ports: CleanupPorts;
  readonly #clock: Clock;
  readonly #log: Logger;
  readonly #meter: Meter;
  readonly #ids: Ids;
  readonly #store: CleanupStore;
  readonly #ledger: Ledger;
  readonly #claiming: Claiming;
  readonly #workers: Workers;
  readonly #triggers: TaskTriggers;
  readonly #lifecycle = new Lifecycle('The cleanup scheduler', {
    start: () => this.#begin(),
    stop: ({ deadlineMs }) => this.#end(deadlineMs),
  });
  #meters: CleanupMeters | undefined;
  #refreshing: Timer | undefined;
  #refresh: Promise<void> | undefined;
  #isFailing = false;

  constructor(options: ResolvedCleanupOptions, deps: CleanupSchedulerDeps) {
    this.#options = options;
    this.#actions = deps.actions;
    this.#ports = deps.ports ?? {};
    this.#clock = deps.clock ?? systemClock;
    this.#log = (deps.log ?? silentLogger).child('cleanup');
    this.#meter = deps.meter ?? silentMeter;
    this.#ids = createIds({ clock: this.#clock, ...(deps.random ? { random: deps.random } : {}) });
    this.#store = deps.store ?? memoryCleanupStore({ clock: this.#clock });
    this.#ledger = new Ledger(this.#store);
    const resultId = (): string => this.#ids.next('clr');
    this.#claiming = new Claiming({
      ledger: this.#ledger,
      actions: deps.actions,
      clock: this.#clock,
      processId: this.#ids.next('prc'),
      leaseMs: options.leaseMs,
      resultId,
    });
    this.#workers = new Workers({
      claiming: this.#claiming,
      actions: deps.actions,
      executor: createExecutor({}, { clock: this.#clock, ...(deps.random ? { random: deps.random } : {}) }),
      clock: this.#clock,
      log: this.#log,
      meters: () => this.#metersOpen(),
      resultId,
      workers: options.workers,
      queuedMax: options.queuedMax,
      leaseMs: options.leaseMs,
    });
    this.#triggers = new TaskTriggers({
      trigger: { ports: this.#ports, clock: this.#clock, ids: this.#ids, log: this.#log },
      actions: deps.actions,
      clock: this.#clock,
      log: this.#log,
      fire: ({ definition }, cause) => void this.#workers.offer(definition.id, definition.priority, cause),
    });
  }

  get state(): ServiceState {
    return this.#lifecycle.state;
  }

  start(): Promise<void> {
    return this.#lifecycle.start();
  }

  stop(options: StopOptions = {}): Promise<void> {
    return this.#lifecycle.stop(options);
  }

  async create(draft: CleanupTaskDraft): Promise<CleanupTask> {
    this.#lifecycle.assertRunning();
    return this.#create(draft);
  }

  async update(id: string, changes: CleanupTaskChanges): Promise<CleanupTask> {
    const { record: before } = await this.#read(id);
    const { definition } = before;
    const task = await parseCleanupTask(
      {
        ...definition,
        ...changes,
        attempts: { ...definition.attempts, ...changes.attempts },
        pace: { ...definition.pace, ...changes.pace },
        id,
      },
      this.#actions,
    );
    assertPorts(task.trigger, this.#ports);
    const record = await this.#ledger.change(id, (present) => {
      if (present.revision !== before.revision) {
        throw new RaptorFlowError(
          'conflict',
          `The cleanup task ${id} was changed meanwhile; read it and decide again.`,
        );
      }
      const changed = {
        ...present,
        definition: task,
        updatedAt: this.#clock.now(),
        revision: present.revision + 1,
      };
      return { record: changed, answer: changed };
    });
    await this.#follow();
    return this.#taskOf(record);
  }

  async remove(id: string): Promise<void> {
    let { version } = await this.#read(id);
    while (!(await this.#store.remove(id, version))) ({ version } = await this.#read(id));
    await this.#follow();
  }

  async get(id: string): Promise<CleanupTask> {
    return this.#taskOf((await this.#read(id)).record);
  }

  async list(): Promise<readonly CleanupTask[]> {
    return (await this.#records()).map((record) => this.#taskOf(record));
  }

  async run(id: string): Promise<CleanupResult> {
    const { record } = await this.#read(id);
    const { priority } = record.definition;
    const cause = { key: this.#ids.next('manual'), trigger: 'manual', at: null } as const;
    return new Promise((resolve, reject) => {
      if (this.#workers.offer(id, priority, cause, { resolve, reject })) return;
      reject(
        new RaptorFlowError(
          'exhausted',
          `${this.#options.queuedMax} runs of cleanup tasks wait already; wait until some have ended, or raise queuedMax.`,
        ),
      );
    });
  }

  async results(query: CleanupResultsQuery = {}): Promise<CleanupResultsPage> {
    this.#lifecycle.assertRunning();
    const { limit } = query;
    if (limit !== undefined && !(Number.isInteger(limit) && limit >= 1 && limit <= resultsLimitMax)) {
      throw new RaptorFlowError(
        'invalid_input',
        `limit has to be a whole number from 1 to ${resultsLimitMax}.`,
      );
    }
    return this.#store.results(query);
  }

  async report(): Promise<CleanupSchedulerReport> {
    const records = await this.#records();
    const tasks = records.map((record) => this.#taskOf(record));
    return reportOf(records, tasks, this.#workers.queued);
  }

  async #begin(): Promise<void> {
    await this.#store.open({ resultsMax: this.#options.resultsMax });
    try {
      const there = new Set((await this.#store.load()).map(({ id }) => id));
      for (const draft of this.#options.tasks) {
        if (!there.has(draft.id)) await this.#createUnlessThere(draft);
      }
      await this.#look();
    } catch (error) {
      await this.#triggers.stop();
      await this.#store.close();
      throw error;
    }
    this.#metersOpen();
    this.#refreshing = this.#clock
      .setInterval(() => {
        this.#refresh ??= this.#refreshOnce();
      }, this.#options.refreshMs)
      .unref();
  }

  async #end(deadlineMs: number): Promise<void> {
    this.#refreshing?.cancel();
    await this.#refresh;
    await this.#triggers.stop();
    await this.#workers.stop(deadlineMs);
    this.#meters?.close();
    await this.#store.close();
  }

  async #refreshOnce(): Promise<void> {
    try {
      await this.#look();
      this.#isFailing = false;
    } catch (error) {
      if (!this.#isFailing)
        this.#log.error('The store of cleanup tasks does not answer; it is asked again.', { error });
      this.#isFailing = true;
    } finally {
      this.#refresh = undefined;
    }
  }

  /** Follows what other processes changed, and takes up what they left behind. */
  async #look(): Promise<void> {
    const records = await this.#loadRecords();
    const now = await this.#store.now();
    await this.#triggers.follow(records);
    this.#claiming.keepOnly(new Set(records.map(({ definition }) => definition.id)));
    this.#workers.retryParked();
    for (const { definition, claims } of records) {
      const { id, priority } = definition;
      for (const left of abandoned(claims, now)) {
        if (isRepeatable(left) && !left.isOver) this.#workers.offer(id, priority, left);
        else await this.#claiming.bury(id, left);
      }
      if (claims.waiting && claims.holdings.length === 0) this.#workers.offer(id, priority, claims.waiting);
    }
  }

  async #createUnlessThere(draft: CleanupTaskDraft): Promise<void> {
    try {
      await this.#create(draft);
    } catch (error) {
      // Another process was faster.
      if (!isRaptorFlowError(error, 'conflict')) throw error;
    }
  }

  async #create(draft: CleanupTaskDraft): Promise<CleanupTask> {
    const task = await parseCleanupTask(draft, this.#actions);
    assertPorts(task.trigger, this.#ports);
    const { tasksMax } = this.#options;
    if ((await this.#store.load()).length >= tasksMax) {
      throw new RaptorFlowError(
        'exhausted',
        `There are ${tasksMax} cleanup tasks already; remove one, or raise tasksMax.`,
      );
    }
    const now = this.#clock.now();
    const record: CleanupRecord = {
      definition: task,
      createdAt: now,
      updatedAt: now,
      revision: 1,
      claims: noClaims,
      totals: noTotals,
      lastRunAt: null,
    };
    if (!(await this.#store.write({ id: task.id, expected: 0, record }))) {
      throw new RaptorFlowError(
        'conflict',
        `There is a cleanup task "${task.id}" already; update it instead.`,
      );
    }
    if (this.state === 'running') await this.#follow();
    return this.#taskOf(record);
  }

  async #follow(): Promise<void> {
    await this.#triggers.follow(await this.#loadRecords());
  }

  async #read(id: string): Promise<{ readonly version: number; readonly record: CleanupRecord }> {
    this.#lifecycle.assertRunning();
    const stored = await this.#store.read(id);
    if (stored) return stored;
    throw unknownTask(id);
  }

  async #records(): Promise<readonly CleanupRecord[]> {
    this.#lifecycle.assertRunning();
    return this.#loadRecords();
  }

  async #loadRecords(): Promise<readonly CleanupRecord[]> {
    const stored = await this.#store.load();
    return stored.map(({ record }) => record).sort((a, b) => (a.definition.id < b.definition.id ? -1 : 1));
  }

  #taskOf(record: CleanupRecord): CleanupTask {
    const { id } = record.definition;
    return taskOf(record, {
      nextRunAt: this.#triggers.nextRunAt(id),
      isRunning: this.#claiming.ownRuns(id) > 0,
    });
  }

  /** Made when they are first needed, so that a scheduler that is only built leaves nothing in the registry. */
  #metersOpen(): CleanupMeters {
    this.#meters ??= cleanupMeters(this.#meter, {
      queued: () => this.#workers.queued,
      running: () => this.#workers.running,
    });
    return this.#meters;
  }
}
