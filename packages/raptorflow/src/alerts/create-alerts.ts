import {
  createIds,
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
} from '../kernel/index.ts';
import type { Bus } from '../bus/index.ts';
import { type LiveHistory, type Meter, silentMeter } from '../metrics/index.ts';
import { createExecutor, type Executor } from '../resilience/index.ts';
import type {
  AcknowledgeInput,
  AlertReport,
  AlertRules,
  Alerts,
  Maintenance,
  Silences,
  WorkspaceFilter,
} from './alerts.ts';
import { runBacktest, type Backtest, type BacktestRange } from './backtest.ts';
import { Deliveries } from './deliveries.ts';
import { Evaluation } from './evaluation.ts';
import { Journal } from './journal.ts';
import type { Notifier } from './notifier.ts';
import {
  alertsOptionsSchema,
  defaultPace,
  type AlertsOptions,
  type ResolvedAlertsOptions,
  type ResolvedRoute,
} from './options.ts';
import { acknowledge, checkDeliveriesLimit, checkHistoryQuery, reportAlerts } from './reports.ts';
import type { Acknowledgement, Delivery } from './record.ts';
import { restore } from './restoring.ts';
import { parseAlertRule } from './rule-schema.ts';
import type { AlertRuleDraft } from './rule.ts';
import { RuleBook } from './rule-book.ts';
import type { Keeping } from './rule-runtime.ts';
import { rulesOver } from './rules.ts';
import { maintenanceOver, silencesOver, sweepSilences } from './silences.ts';
import type { Forecast, PastSource } from './source.ts';
import type { AlertStore, HistoryPage, HistoryQuery } from './store.ts';
import { memoryAlertStore } from './stores/memory.ts';
import { Telling } from './telling.ts';

/** What the service looks at. */
export interface AlertSources {
  /** What memory holds. Without it every window is read from the stored past: for rules over the series of many processes. */
  readonly live?: LiveHistory;
  /** Without it, windows longer than memory, forecasts and back-tests are `unavailable`. */
  readonly past?: PastSource;
  /** Without it, anomaly rules are `unavailable`. */
  readonly forecast?: Forecast;
}

/** How people are told. */
export interface AlertDelivery {
  readonly notifiers?: readonly Notifier[];
  /** Makes deliveries, as operations named `notify:` and the notifier; a periscope fits, and shows how each of them fares. Default: one of the service's own. */
  readonly executor?: Pick<Executor, 'execute'>;
  /** Keeps the dead letters of notifications. Started before the service and stopped after it. */
  readonly bus?: Bus;
}

/** What the service needs from outside. */
export interface AlertsDeps {
  readonly sources: AlertSources;
  /** Default: memory, which forgets when the process ends. */
  readonly store?: AlertStore;
  /** Default: nobody is told. */
  readonly delivery?: AlertDelivery;
  readonly clock?: Clock;
  readonly log?: Logger;
  readonly meter?: Meter;
  readonly chance?: { readonly ids?: Ids; readonly random?: Random };
}

const msOfASecond = 1_000;
/** Timers count elapsed time, and the clock on the wall may be set; so the wall is looked at this often. */
const wakeMsMax = 10_000;
/** Before there are samples, rules stay due. */
const wakeMsMin = 100;

/**
 * Builds the service of alerts. It opens its store when it starts, goes on exactly where the last process stopped, and closes the store when it stops.
 * Throws `invalid_options`, also for routes to notifiers that are not among `deps.delivery.notifiers`.
 */
export function createAlerts(options: AlertsOptions, deps: AlertsDeps): Alerts {
  const resolved = parseOptions('createAlerts', alertsOptionsSchema, options);
  return new AlertService(resolved, routesOf(resolved, deps.delivery?.notifiers ?? []), deps);
}

class AlertService implements Alerts {
  readonly rules: AlertRules;
  readonly silences: Silences;
  readonly maintenance: Maintenance;
  readonly #options: ResolvedAlertsOptions;
  readonly #routes: readonly ResolvedRoute[];
  readonly #keeping: Keeping;
  readonly #sources: AlertSources;
  readonly #store: AlertStore;
  readonly #clock: Clock;
  readonly #log: Logger;
  readonly #journal: Journal;
  readonly #book: RuleBook;
  readonly #deliveries: Deliveries;
  readonly #telling: Telling;
  readonly #evaluation: Evaluation;
  readonly #lifecycle: Lifecycle;
  #timer: Timer | undefined;
  #turn: Promise<unknown> = Promise.resolve();

  constructor(options: ResolvedAlertsOptions, routes: readonly ResolvedRoute[], deps: AlertsDeps) {
    const { limits, times } = options;
    this.#options = options;
    this.#sources = deps.sources;
    this.#store = deps.store ?? memoryAlertStore();
    this.#clock = deps.clock ?? systemClock;
    this.#log = (deps.log ?? silentLogger).child('alerts');
    this.#journal = new Journal(this.#store, this.#log);
    this.#routes = routes;
    this.#keeping = {
      resolvedMs: times.resolvedSeconds * msOfASecond,
      missingMs: times.missingSeconds * msOfASecond,
      alertsMax: limits.alertsPerRuleMax,
    };
    this.#book = new RuleBook(this.#keeping, limits.rulesMax, deps.sources.forecast);
    const meter = deps.meter ?? silentMeter;
    this.#deliveries = this.#createDeliveries(deps, meter);
    this.#telling = new Telling({
      // Back-tests count what would be told; the service need not gather what nobody is told.
      routes: routes.filter(({ notifiers }) => notifiers.length > 0),
      inhibitions: options.inhibitions,
      alertsPerNotificationMax: limits.alertsPerNotificationMax,
      journal: this.#journal,
      deliveries: this.#deliveries,
      meter,
    });
    this.#evaluation = this.#createEvaluation(meter);
    const ids = deps.chance?.ids ?? createIds({ clock: this.#clock, ...deps.chance });
    const host = {
      book: this.#book,
      telling: this.#telling,
      journal: this.#journal,
      clock: this.#clock,
      ids,
      silencesMax: limits.silencesMax,
      change: <Result>(work: () => Result) => this.#change(work),
      read: <Result>(work: () => Result) => this.#read(work),
    };
    this.rules = rulesOver(host);
    this.silences = silencesOver(host);
    this.maintenance = maintenanceOver(host);
    this.#lifecycle = new Lifecycle('The service of alerts', {
      start: () => this.#start(),
      stop: ({ deadlineMs }) => this.#stop(deadlineMs),
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

  list(filter: WorkspaceFilter = {}): AlertReport[] {
    return this.#read(() => reportAlerts(this.#book, this.#telling, this.#clock.now(), filter));
  }

  acknowledge(input: AcknowledgeInput): Promise<Acknowledgement> {
    return this.#change(() => acknowledge(this.#telling, this.#journal, this.#clock.now(), input));
  }

  async history(query: HistoryQuery = {}): Promise<HistoryPage> {
    this.#lifecycle.assertRunning();
    return this.#store.history(checkHistoryQuery(query));
  }

  async deliveries(limit = 100): Promise<readonly Delivery[]> {
    this.#lifecycle.assertRunning();
    return this.#store.deliveries(checkDeliveriesLimit(limit));
  }

  async backtest(draft: AlertRuleDraft, range: BacktestRange): Promise<Backtest> {
    this.#lifecycle.assertRunning();
    const rule = parseAlertRule(draft);
    return runBacktest(rule, range, {
      past: this.#sources.past,
      forecast: this.#sources.forecast,
      routes: this.#routes,
      keeping: this.#keeping,
      alertsPerNotificationMax: this.#options.limits.alertsPerNotificationMax,
      find: (id) => this.#book.get(id)?.runtime.rule,
    });
  }

  async evaluate(): Promise<void> {
    this.#lifecycle.assertRunning();
    await this.#inTurn(() => this.#round());
    await this.#evaluation.settled();
  }

  async #start(): Promise<void> {
    const { transitionsMax, deliveriesMax } = this.#options.limits;
    await this.#store.open({ transitionsMax, deliveriesMax });
    try {
      const records = await this.#store.load();
      const deliveries = restore(records, {
        book: this.#book,
        telling: this.#telling,
        journal: this.#journal,
      });
      this.#telling.reconcile(this.#clock.now());
      await this.#journal.flush();
      await this.#deliveries.start(deliveries);
    } catch (error) {
      await this.#store.close();
      throw error;
    }
    this.#evaluation.start();
    this.#schedule(0);
  }

  async #stop(deadlineMs: number): Promise<void> {
    this.#timer?.cancel();
    // A round that has begun ends, and with it what it has to store.
    const sleeping = new AbortController();
    const late = this.#clock.sleep(deadlineMs, sleeping.signal).catch(() => undefined);
    // A source that does not answer must not keep the service from stopping.
    await Promise.race([Promise.all([this.#turn, this.#evaluation.settled()]), late]);
    sleeping.abort();
    this.#timer?.cancel();
    await this.#deliveries.stop(deadlineMs);
    await this.#store.close();
  }

  #schedule(delayMs?: number): void {
    if (this.#lifecycle.state === 'stopping' || this.#lifecycle.state === 'stopped') return;
    const now = this.#clock.now();
    const moments = [this.#book.nextAt(now), this.#telling.nextAt()].filter((at) => at !== null);
    const next = Math.min(wakeMsMax, ...moments.map((at) => at - now));
    const wait = delayMs ?? Math.max(wakeMsMin, next);
    this.#timer?.cancel();
    this.#timer = this.#clock.setTimeout(() => this.#wake(), wait);
  }

  #wake(): void {
    this.#inTurn(() => this.#round())
      .catch((error: unknown) => {
        this.#log.error('A round of alerts could not be stored; it is stored with the next one.', { error });
      })
      .finally(() => this.#schedule());
  }

  async #round(): Promise<void> {
    const now = this.#clock.now();
    await this.#evaluation.round(now);
    this.#telling.flush(now);
    sweepSilences(this.#telling.mutes, this.#journal, now);
    if (!this.#journal.isEmpty) {
      this.#journal.put({ kind: 'evaluation', key: '*', body: { ruleId: null, evaluatedAt: now } });
    }
    this.#deliveries.enqueue(await this.#journal.flush());
  }

  /** One after the other, so that a piece of the journal holds whole changes only. */
  #inTurn<Result>(work: () => Promise<Result>): Promise<Result> {
    const result = this.#turn.then(work, work);
    this.#turn = result.catch(() => undefined);
    return result;
  }

  #change<Result>(work: () => Result): Promise<Result> {
    return this.#inTurn(async () => {
      this.#lifecycle.assertRunning();
      const result = work();
      this.#deliveries.enqueue(await this.#journal.flush());
      this.#schedule();
      return result;
    });
  }

  #read<Result>(work: () => Result): Result {
    this.#lifecycle.assertRunning();
    return work();
  }

  #createEvaluation(meter: Meter): Evaluation {
    return new Evaluation({
      book: this.#book,
      live: this.#sources.live,
      past: this.#sources.past,
      clock: this.#clock,
      log: this.#log,
      meter,
      graceMs: this.#options.times.graceSeconds * msOfASecond,
      changed: (changes) => this.#telling.apply(changes),
      fetched: () =>
        this.#inTurn(async () => this.#deliveries.enqueue(await this.#journal.flush())).catch(
          (error: unknown) => {
            this.#log.error('What a rule changed could not be stored; it is stored with the next round.', {
              error,
            });
          },
        ),
    });
  }

  #createDeliveries({ delivery = {}, chance }: AlertsDeps, meter: Meter): Deliveries {
    const { deliverySeconds, deliveryRetriesMax } = this.#options.times;
    return new Deliveries({
      notifiers: delivery.notifiers ?? [],
      executor: delivery.executor ?? createExecutor({}, { clock: this.#clock, meter }),
      store: this.#store,
      clock: this.#clock,
      random: chance?.random,
      meter,
      log: this.#log,
      bus: delivery.bus,
      attemptMsMax: deliverySeconds * msOfASecond,
      retriesMax: deliveryRetriesMax,
      waitingMax: this.#options.limits.deliveriesWaitingMax,
    });
  }
}

function routesOf(options: ResolvedAlertsOptions, notifiers: readonly Notifier[]): readonly ResolvedRoute[] {
  const names = notifiers.map(({ name }) => name);
  if (new Set(names).size !== names.length) {
    throw new RaptorFlowError(
      'invalid_options',
      `createAlerts: two notifiers have one name: ${names.join(', ')}.`,
    );
  }
  const unknown = (options.routes ?? [])
    .flatMap((route) => route.notifiers)
    .filter((name) => !names.includes(name));
  if (unknown.length > 0) {
    throw new RaptorFlowError(
      'invalid_options',
      `createAlerts: routes name notifiers that are not there: ${unknown.join(', ')}.`,
    );
  }
  if (options.routes) return options.routes;
  const groupBy = ['alertname', 'workspace_id'];
  return [{ name: 'default', matchers: [], notifiers: names, groupBy, continue: false, pace: defaultPace }];
}
