import {
  Lifecycle,
  RaptorFlowError,
  silentLogger,
  systemClock,
  type Clock,
  type Logger,
  type ServiceState,
  type StopOptions,
} from '../../kernel/index.ts';
import { aggregatorOf, defaultAggregation } from './answer.ts';
import { answerSeries } from './series-answer.ts';
import { checkExport, exportText, type HistoryExport } from './export.ts';
import type { History, HistoryReport } from './history.ts';
import { Keeper } from './keeper.ts';
import { LiveTable } from './live-table.ts';
import { parseHistoryOptions, type HistoryOptions, type ResolvedHistoryOptions } from './options.ts';
import { planQuery } from './plan.ts';
import { checkQuery, type HistoryAnswer, type HistoryQuery } from './query.ts';
import { Recorder } from './recorder.ts';
import { recover } from './recovery.ts';
import type { SampledMetrics } from './sampled.ts';
import { Sealer } from './sealer.ts';
import { SeriesBook } from './series-book.ts';
import { findSeries, listMetrics, type HistoryMetric } from './series-reading.ts';
import { StepQueue } from './step-queue.ts';
import type { HistoryStore } from './store.ts';

/** What a history is given. */
export interface HistoryDeps {
  /** The registry that is sampled; a history counts what it holds at the start as the first step's increase, so one registry has one history. */
  readonly metrics: SampledMetrics;
  /** Where the history is kept; the history opens and closes it. */
  readonly store: HistoryStore;
  readonly clock?: Clock;
  readonly log?: Logger;
}

/**
 * Prepares a history. `start` opens the store, takes up what a process of the same source has left there, and begins to sample at the moments of
 * the grid; `stop` stores what was sampled and closes the store. A killed process loses at most the step in progress and the one that was being
 * written. Throws `invalid_options`; `start` rejects with what the store cannot do.
 */
export function createHistory(options: HistoryOptions, deps: HistoryDeps): History {
  return new RecordedHistory(parseHistoryOptions(options), deps);
}

class RecordedHistory implements History {
  readonly live: LiveTable;
  readonly #options: ResolvedHistoryOptions;
  readonly #store: HistoryStore;
  readonly #clock: Clock;
  readonly #lifecycle: Lifecycle;
  readonly #book: SeriesBook;
  readonly #queue: StepQueue;
  readonly #sealer: Sealer;
  readonly #keeper: Keeper;
  readonly #recorder: Recorder;
  #damaged = 0;

  constructor(
    options: ResolvedHistoryOptions,
    { metrics, store, clock = systemClock, log = silentLogger }: HistoryDeps,
  ) {
    this.#options = options;
    this.#store = store;
    this.#clock = clock;
    const own = log.child('history');
    const steps = options.resolutions.map(({ stepMs }) => stepMs);
    const [stepMs = 1, ...rollUpSteps] = steps;
    const ringSlots = Math.ceil(options.liveMs / stepMs);
    this.live = new LiveTable(options.liveMs);
    this.#book = new SeriesBook(
      { source: options.source, stepMs, rollUpSteps, ringSlots, seriesMax: options.limits.seriesMax },
      this.live,
    );
    this.#sealer = new Sealer(options, store, clock, own);
    this.#keeper = new Keeper(options, store, clock, own);
    this.#queue = new StepQueue(store, own, options.limits.waitingStepsMax, ({ frames }) => {
      this.#sealer.note(frames);
      void this.#sealer.run();
    });
    this.#recorder = new Recorder({
      metrics,
      source: options.source,
      steps,
      book: this.#book,
      live: this.live,
      queue: this.#queue,
      clock,
      log: own,
    });
    this.#lifecycle = new Lifecycle('The metric history', {
      start: () => this.#start(own),
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

  async query(query: HistoryQuery): Promise<HistoryAnswer> {
    this.#lifecycle.assertRunning();
    const checked = checkQuery(query, this.#options);
    const all = await findSeries(this.#store, this.#clock, checked.metric, checked.tags);
    const groups = all.slice(checked.offset, checked.offset + checked.limit);
    const now = this.#clock.now();
    const plan = planQuery(checked, groups.length, this.#options, now);
    const aggregators = groups.map(({ kind, members: [first] }) =>
      aggregatorOf(checked.aggregation ?? defaultAggregation(kind), {
        lowest: 0,
        merge: 'sum',
        ...first,
        kind,
      }),
    );
    const { series, damaged } = await answerSeries(groups, plan, (place) => aggregators[place], {
      store: this.#store,
      clock: this.#clock,
    });
    this.#damaged += damaged;
    const { from, to, step, resolution } = plan;
    return { series, total: all.length, from, to, step, resolutionMs: resolution.stepMs, damaged };
  }

  async list(filter: { readonly category?: string } = {}): Promise<readonly HistoryMetric[]> {
    this.#lifecycle.assertRunning();
    return listMetrics(await this.#store.listSeries({}), filter.category);
  }

  export(request: HistoryExport): AsyncIterable<string> {
    this.#lifecycle.assertRunning();
    return exportText(checkExport(request), {
      store: this.#store,
      clock: this.#clock,
      options: this.#options,
    });
  }

  async flush(): Promise<void> {
    await this.#recorder.settled();
    if (!(await this.#queue.flush())) {
      throw new RaptorFlowError(
        'unavailable',
        'The metric history cannot be stored at present; steps wait in memory.',
        {
          details: { stepsWaiting: this.#queue.waiting },
        },
      );
    }
  }

  report(): HistoryReport {
    return {
      series: this.#book.size,
      samplesRefused: this.#book.refused,
      refusedExamples: [...this.#book.refusedExamples],
      steps: this.#recorder.steps,
      stepsMissed: this.#recorder.missed,
      stepsLost: this.#queue.lost,
      stepsWaiting: this.#queue.waiting,
      latestAt: this.live.latestAt,
      snapshotMs: this.#recorder.snapshotMs,
      damaged: this.#damaged + this.#sealer.damaged,
      store: {
        name: this.#store.name,
        bytes: this.#keeper.usage?.bytes ?? null,
        bytesMax: this.#options.limits.storedBytesMax,
        removedForSpace: this.#keeper.removedForSpace,
      },
    };
  }

  async #start(log: Logger): Promise<void> {
    await this.#store.open({ clock: this.#clock, log });
    const parts = {
      options: this.#options,
      store: this.#store,
      book: this.#book,
      sealer: this.#sealer,
      clock: this.#clock,
    };
    const { newestAt, damaged } = await recover(parts);
    this.#damaged += damaged;
    if (newestAt > 0) this.live.latestAt = newestAt;
    this.#keeper.start();
    this.#recorder.start(newestAt);
  }

  async #stop(deadlineMs: number): Promise<void> {
    const early = new AbortController();
    const deadline = this.#clock.sleep(deadlineMs, early.signal).catch(() => undefined);
    const kept = this.#keeper.stop();
    const written = this.#recorder
      .stop()
      .then(() => this.#queue.flush())
      .then(() => this.#sealer.run())
      .then(() => kept);
    await Promise.race([written, deadline]);
    early.abort();
    await this.#store.close();
  }
}
