import type { Clock, Logger, Timer } from '../../kernel/index.ts';
import { FrameBatch } from './frame-batch.ts';
import type { LiveTable } from './live-table.ts';
import type { Point } from './point.ts';
import { keptKind, keptValue, type SampledMetric, type SampledMetrics } from './sampled.ts';
import type { SeriesBook, SeriesState } from './series-book.ts';
import { Slices } from './slices.ts';
import type { StepQueue } from './step-queue.ts';

/** What a recorder works with. */
export interface RecorderParts {
  readonly metrics: SampledMetrics;
  readonly source: string;
  /** All resolutions, the sampling step first. */
  readonly steps: readonly number[];
  readonly book: SeriesBook;
  readonly live: LiveTable;
  readonly queue: StepQueue;
  readonly clock: Clock;
  readonly log: Logger;
}

const touchEveryMs = 3_600_000;

/** Looks at the registry at every moment of the grid, and hands what it saw to the rings, the roll-ups and the queue of the store. */
export class Recorder {
  steps = 0;
  /** Steps of the grid at which nothing was sampled although the process ran: it was busy, or its clock was set. */
  missed = 0;
  /** How long the registry held the event loop at a time when it was looked at last; the rest is done in slices. */
  snapshotMs = 0;
  readonly #parts: RecorderParts;
  readonly #stepMs: number;
  #newestAt = 0;
  #touchedAt = 0;
  #prunedAt = 0;
  #timer: Timer | undefined;
  #recording: Promise<void> | undefined;
  #stopped = false;
  #hasReported = false;

  constructor(parts: RecorderParts) {
    this.#parts = parts;
    this.#stepMs = parts.steps[0] ?? 1;
  }

  /** Begins to sample after this moment, at which was sampled before the restart; 0 when never. */
  start(newestAt: number): void {
    this.#newestAt = newestAt;
    this.#prunedAt = this.#parts.clock.now();
    this.#arm();
  }

  /** No sample is taken any more; resolves when the last one is in the queue. */
  async stop(): Promise<void> {
    this.#stopped = true;
    this.#timer?.cancel();
    await this.#recording;
  }

  /** Resolves when the sample in hand, if any, is in the queue. */
  async settled(): Promise<void> {
    await this.#recording;
  }

  #arm(): void {
    const now = this.#parts.clock.now();
    const next = (Math.floor(now / this.#stepMs) + 1) * this.#stepMs;
    this.#timer = this.#parts.clock.setTimeout(() => this.#tick(), next - now).unref();
  }

  #tick(): void {
    if (this.#stopped) return;
    const at = Math.floor(this.#parts.clock.now() / this.#stepMs) * this.#stepMs;
    // Timers may fire a little early, and clocks be set back: a moment is sampled once.
    if (at > this.#newestAt) {
      if (this.#recording) {
        this.missed += 1;
      } else {
        if (this.steps > 0) this.missed += Math.max(0, (at - this.#newestAt) / this.#stepMs - 1);
        this.#newestAt = at;
        this.#recording = this.#record(at)
          .catch((error: unknown) => {
            this.missed += 1;
            this.#parts.log.error('The metrics could not be sampled.', { error });
          })
          .finally(() => {
            this.#recording = undefined;
          });
      }
    }
    this.#arm();
  }

  async #record(at: number): Promise<void> {
    const { metrics, source, book, live, queue, clock } = this.#parts;
    const slices = new Slices(clock);
    const batch = new FrameBatch(source);
    this.snapshotMs = 0;
    let begunAt = clock.monotonic();
    for (const metric of metrics.snapshotEach?.() ?? metrics.snapshot().metrics) {
      this.snapshotMs = Math.max(this.snapshotMs, clock.monotonic() - begunAt);
      await this.#sampleAll(metric, at, batch, slices);
      begunAt = clock.monotonic();
    }
    for (const state of book.all()) {
      this.#rollUp(state, at, batch);
      if (slices.isOver) await slices.pause();
    }
    this.#tidy(at);
    this.#reportRefused();
    const frames = await batch.encode(slices);
    live.latestAt = at;
    this.steps += 1;
    queue.push({ series: book.takeUnwritten(), frames });
  }

  async #sampleAll(metric: SampledMetric, at: number, batch: FrameBatch, slices: Slices): Promise<void> {
    const kind = keptKind(metric.kind);
    if (!kind) return;
    if (slices.isOver) await slices.pause();
    for (const series of metric.series) {
      const value = keptValue(kind, series.value);
      const state =
        value === undefined ? undefined : this.#parts.book.find(metric, kind, series.tags, value, at);
      if (state && value !== undefined) this.#sample(state, state.increase.next(at, value), batch);
      if (slices.isOver) await slices.pause();
    }
  }

  /** Says at the first sample and then every hour which series are in use, and forgets every hour those that are not. */
  #tidy(at: number): void {
    const { book, live } = this.#parts;
    if (at - this.#touchedAt >= touchEveryMs) {
      this.#touchedAt = at;
      book.touch(at, at - touchEveryMs);
    }
    if (at - this.#prunedAt >= touchEveryMs) {
      this.#prunedAt = at;
      book.prune(at - Math.max(touchEveryMs, live.spanMs));
    }
  }

  #reportRefused(): void {
    const { book, log } = this.#parts;
    if (book.refused === 0 || this.#hasReported) return;
    this.#hasReported = true;
    log.warn('There are more series than seriesMax; those that came last are not in the metric history.', {
      examples: book.refusedExamples,
    });
  }

  #sample(state: SeriesState, point: Point, batch: FrameBatch): void {
    state.ring.put(point);
    batch.add(this.#stepMs, true, state.description, point);
    this.#feed(state, 0, point, batch);
  }

  /** Gives a point of a resolution to the next coarser one, and what that finishes to the one after it. */
  #feed(state: SeriesState, index: number, point: Point, batch: FrameBatch): void {
    const rollUp = state.rollUps[index];
    const finished = rollUp?.add(point);
    if (rollUp && finished) this.#finish(state, index, finished, batch);
  }

  #finish(state: SeriesState, index: number, point: Point, batch: FrameBatch): void {
    batch.add(state.rollUps[index]?.stepMs ?? 0, false, state.description, point);
    this.#feed(state, index + 1, point, batch);
  }

  #rollUp(state: SeriesState, at: number, batch: FrameBatch): void {
    for (const [index, rollUp] of state.rollUps.entries()) {
      const finished = rollUp.take(at);
      if (finished) this.#finish(state, index, finished, batch);
    }
  }
}
