import {
  createIds,
  Lifecycle,
  parseOptions,
  RaptorFlowError,
  silentLogger,
  systemClock,
  toRaptorFlowError,
  type Clock,
  type Ids,
  type Logger,
  type ServiceState,
  type StopOptions,
  type Timer,
} from '../../kernel/index.ts';
import { silentMeter, type Counter as MetricCounter } from '../../metrics/index.ts';
import { Admission } from './admission.ts';
import { Approvals } from './approvals.ts';
import { QuotaBook } from './book.ts';
import { amountMax, changedQuota, parseQuota } from './definition-schema.ts';
import {
  quotaKey,
  type QuotaChange,
  type QuotaDefinition,
  type QuotaDraft,
  type QuotaReference,
  type QuotaSubject,
} from './definition.ts';
import { Journal } from './journal.ts';
import {
  quotasOptionsSchema,
  type QuotasDeps,
  type QuotasOptions,
  type ResolvedQuotasOptions,
} from './options.ts';
import { checkSubject, counterFor, Plans } from './plan.ts';
import type {
  AcquireOptions,
  QuotaApprovals,
  QuotaCheck,
  QuotaGrant,
  QuotaNotice,
  QuotaReport,
  Quotas,
  QuotaUsage,
  QuotaViolations,
} from './quotas.ts';
import type { QuotaAdjustment, QuotaViolation } from './record.ts';
import { shownLimit, verdictOf } from './refusal.ts';
import type { QuotaStore } from './store.ts';
import { memoryQuotaStore } from './stores/memory.ts';
import { Tallies } from './tally.ts';

/**
 * Builds the service of quotas. It opens its store when it starts and closes it when it stops; requests that wait then are `cancelled`.
 * Throws `invalid_options`.
 */
export function createQuotas(options: QuotasOptions = {}, deps: QuotasDeps = {}): Quotas {
  return new QuotaService(parseOptions('createQuotas', quotasOptionsSchema, options), deps);
}

/** Of quotas that a program brings along: all its processes make them, and count together from the first moment. */
const firstEpoch = 1;

class QuotaService implements Quotas {
  readonly violations: QuotaViolations;
  readonly approvals: QuotaApprovals;
  readonly counted: ReadonlySet<string>;
  readonly #options: ResolvedQuotasOptions;
  readonly #deps: QuotasDeps;
  readonly #store: QuotaStore;
  readonly #clock: Clock;
  readonly #log: Logger;
  readonly #ids: Ids;
  readonly #tallies: Tallies;
  readonly #failures: MetricCounter;
  readonly #book: QuotaBook;
  readonly #plans: Plans;
  readonly #journal: Journal;
  readonly #pending: Approvals;
  readonly #admission: Admission;
  readonly #lifecycle: Lifecycle;
  #timers: Timer[] = [];
  /** Changes of definitions happen one after the other. */
  #turn: Promise<unknown> = Promise.resolve();
  #isRunning = false;

  constructor(options: ResolvedQuotasOptions, deps: QuotasDeps) {
    const { limits } = options;
    this.#options = options;
    this.#deps = deps;
    this.#store = deps.store ?? memoryQuotaStore();
    this.#clock = deps.clock ?? systemClock;
    this.#log = (deps.log ?? silentLogger).child('quotas');
    this.#ids = deps.ids ?? createIds({ clock: this.#clock });
    const meter = deps.meter ?? silentMeter;
    this.#tallies = new Tallies(meter);
    this.#failures = meter.counter({
      name: 'quota_store_failures',
      unit: 'events',
      description: 'What the store of quotas failed to do, by what became of the request.',
      category: 'resource',
    });
    this.#book = new QuotaBook(this.#tallies, limits.quotasMax);
    this.counted = this.#book.resources;
    this.#plans = new Plans(limits.plansMax, (resource) => this.#book.enabled(resource));
    const tell = (notice: QuotaNotice): void => this.#tell(notice);
    this.#journal = new Journal({
      store: this.#store,
      clock: this.#clock,
      ids: this.#ids,
      recordsMax: limits.recordsMax,
      tell,
      counterOf: (violation) => this.#counterOf(violation),
    });
    this.#pending = new Approvals(this.#clock, limits.approvalsMax);
    this.#admission = new Admission({
      store: this.#store,
      clock: this.#clock,
      ids: this.#ids,
      log: this.#log,
      journal: this.#journal,
      approvals: this.#pending,
      options,
      planOf: (subject) => this.#plans.of(subject),
      alert: deps.alert,
      tell,
    });
    this.approvals = this.#pending;
    this.violations = {
      list: async (query) => {
        this.#lifecycle.assertRunning();
        return this.#journal.list(query);
      },
      resolve: async (id, by) => {
        this.#lifecycle.assertRunning();
        return this.#journal.resolve(id, by);
      },
    };
    this.#lifecycle = new Lifecycle('The service of quotas', {
      start: () => this.#start(),
      stop: () => this.#stop(),
    });
  }

  get state(): ServiceState {
    return this.#lifecycle.state;
  }

  start(): Promise<void> {
    return this.#lifecycle.start();
  }

  stop(options?: StopOptions): Promise<void> {
    return this.#lifecycle.stop(options);
  }

  acquire(amount: number, subject: QuotaSubject, options?: AcquireOptions): Promise<QuotaGrant> {
    try {
      this.#assertAmount(amount);
      return this.#admission.acquire(this.#plans.of(subject), amount, options);
    } catch (error) {
      return Promise.reject(toRaptorFlowError(error));
    }
  }

  async check(amount: number, subject: QuotaSubject): Promise<QuotaCheck> {
    this.#assertAmount(amount);
    const { quotas, counters } = this.#plans.of(subject);
    const readings = await this.#store.read(counters);
    const verdicts = quotas.map((ready, place) => {
      ready.tally.check();
      return verdictOf(ready, amount, readings[place] ?? { used: 0, limit: ready.quota.limit }, this.#clock);
    });
    return { allowed: verdicts.every(({ allowed }) => allowed), verdicts };
  }

  async usage(
    subject: Omit<QuotaSubject, 'resource'> & { readonly resource?: string },
  ): Promise<readonly QuotaUsage[]> {
    this.#lifecycle.assertRunning();
    checkSubject(subject);
    const found = this.#book.enabled(subject.resource).flatMap((ready) => {
      const counter = counterFor(ready, subject);
      return counter ? [{ ready, counter }] : [];
    });
    const readings = await this.#store.read(found.map(({ counter }) => counter));
    const now = this.#clock.now();
    return found.map(({ ready, counter }, place) => {
      const { used = 0, limit = counter.limit } = readings[place] ?? {};
      const { id, resource, scope } = ready.quota;
      const shown = shownLimit(ready, limit);
      const span = ready.clock?.at(now);
      return {
        quotaId: id,
        resource,
        scope,
        used,
        limit: shown,
        remaining: Math.max(0, shown - used),
        periodStart: span?.start ?? null,
        periodEnd: span?.end ?? null,
      };
    });
  }

  create(draft: QuotaDraft): Promise<QuotaDefinition> {
    // Counters of one that had this id before may still be there, and do not count.
    return this.#change(() => this.#make(draft, this.#clock.now()));
  }

  update(which: QuotaReference, change: QuotaChange): Promise<QuotaDefinition> {
    return this.#change(async () => {
      const quota = changedQuota(this.#book.get(which).quota, change, this.#clock.now());
      await this.#define(quota);
      return quota;
    });
  }

  delete(which: QuotaReference): Promise<void> {
    return this.#change(async () => {
      const key = quotaKey(this.#book.get(which).quota);
      await this.#store.remove(key);
      this.#book.remove(key);
      this.#changed();
    });
  }

  list(filter: { readonly workspaceId?: string } = {}): readonly QuotaDefinition[] {
    return this.#book.list(filter.workspaceId);
  }

  reset(which: QuotaReference, by: string): Promise<void> {
    return this.#change(async () => {
      const { quota, tally } = this.#book.get(which);
      const { id, workspaceId } = quota;
      if (quota.period === 'held') {
        throw new RaptorFlowError(
          'conflict',
          `Quota ${id} counts what is held, which comes back by release; it cannot be reset.`,
          { details: { quota_id: id } },
        );
      }
      await this.#deps.audit?.({ action: 'reset', quotaId: id, workspaceId, by, at: this.#clock.now() });
      await this.#define({ ...quota, epoch: quota.epoch + 1 });
      tally.add('resets');
    });
  }

  async adjustments(quotaId?: string): Promise<readonly QuotaAdjustment[]> {
    this.#lifecycle.assertRunning();
    return this.#journal.adjustments(quotaId);
  }

  report(): QuotaReport {
    return {
      ...this.#tallies.total(),
      quotas: this.#book.size,
      byQuota: this.#tallies.byQuota(),
      waiting: this.#admission.lines.waiting,
      approvalsPending: this.#pending.size,
      storeFailures: this.#admission.storeFailures,
    };
  }

  async #start(): Promise<void> {
    const { limits, times, quotas } = this.#options;
    await this.#store.open({
      clock: this.#clock,
      log: this.#log,
      holder: this.#ids.next('qho'),
      leaseMs: times.leaseMs,
      countersMax: limits.countersMax,
      recordsMax: limits.recordsMax,
      onLeaseLost: (counters) => this.#tell({ kind: 'lease_lost', counters }),
    });
    this.#book.replace(await this.#store.definitions());
    for (const draft of quotas) {
      const { id, workspaceId = null } = draft;
      if (id === undefined || !this.#book.isTaken(id, workspaceId)) await this.#make(draft, firstEpoch);
    }
    await this.#journal.restore();
    this.#every(times.sweepMs, () => this.#journal.sweep());
    if (this.#store.isShared) this.#every(times.refreshMs, () => this.#change(() => this.#refresh()));
    this.#isRunning = true;
  }

  async #stop(): Promise<void> {
    this.#isRunning = false;
    for (const timer of this.#timers) timer.cancel();
    const stopping = new RaptorFlowError('cancelled', 'The service of quotas stops; nothing was taken.');
    this.#admission.lines.stop(stopping);
    this.#pending.stop(stopping);
    await this.#turn.catch(() => undefined);
    await this.#journal.flush();
    await this.#store.close();
  }

  #every(periodMs: number, work: () => Promise<unknown>): void {
    let isBusy = false;
    const run = (): void => {
      if (isBusy) return;
      isBusy = true;
      work()
        .catch((error: unknown) => {
          this.#tell({
            kind: 'store_failed',
            outcome: 'not_refreshed',
            quotaIds: [],
            error: toRaptorFlowError(error),
          });
        })
        .finally(() => (isBusy = false));
    };
    this.#timers.push(this.#clock.setInterval(run, periodMs).unref());
  }

  async #make(draft: QuotaDraft, epoch: number): Promise<QuotaDefinition> {
    const checked = parseQuota(draft);
    const id = checked.id ?? this.#ids.next('quo');
    if (this.#book.isTaken(id, checked.workspaceId)) {
      throw new RaptorFlowError(
        'conflict',
        `There is a quota ${id} already; change it, or take another id.`,
        {
          details: { quota_id: id },
        },
      );
    }
    this.#book.assertRoom();
    const now = this.#clock.now();
    const quota = { ...checked, id, createdAt: now, updatedAt: now, epoch };
    await this.#define(quota);
    return quota;
  }

  async #define(quota: QuotaDefinition): Promise<void> {
    await this.#store.define(quota);
    this.#book.put(quota);
    this.#changed();
  }

  async #refresh(): Promise<void> {
    if (this.#book.replace(await this.#store.definitions())) this.#changed();
  }

  #changed(): void {
    this.#plans.clear();
    this.#admission.lines.disperse();
  }

  #change<Result>(work: () => Promise<Result>): Promise<Result> {
    const turn = this.#turn
      .catch(() => undefined)
      .then(() => {
        this.#lifecycle.assertRunning();
        return work();
      });
    this.#turn = turn;
    return turn;
  }

  #counterOf(violation: QuotaViolation): ReturnType<typeof counterFor> {
    const { quotaId, workspaceId, userId, agentId, runId } = violation;
    const ready = this.#book.find(quotaId, workspaceId);
    if (!ready) return null;
    return counterFor(ready, {
      workspaceId: workspaceId ?? undefined,
      userId: userId ?? undefined,
      agentId: agentId ?? undefined,
      runId: runId ?? undefined,
    });
  }

  #assertAmount(amount: number): void {
    if (!this.#isRunning) this.#lifecycle.assertRunning();
    if (Number.isSafeInteger(amount) && amount > 0 && amount <= amountMax) return;
    throw new RaptorFlowError(
      'invalid_input',
      `An amount must be a whole number, 1 to ${amountMax}; ${amount} is not.`,
    );
  }

  #tell(notice: QuotaNotice): void {
    if (notice.kind === 'store_failed') {
      this.#failures.with({ outcome: notice.outcome }).add(1);
      this.#log.error('The store of quotas failed.', { outcome: notice.outcome, error: notice.error });
    } else if (notice.kind === 'lease_lost') {
      this.#log.error('Grants of this process were given to others, because it was silent for too long.', {
        counters: notice.counters,
      });
    }
    try {
      this.#deps.onNotice?.(notice);
    } catch (error) {
      this.#log.error('A listener for notices of quotas threw.', { error });
    }
  }
}
