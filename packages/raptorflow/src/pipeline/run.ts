import { RaptorFlowError, toRaptorFlowError, type Clock, type Timer } from '../kernel/index.ts';
import type { KeyedReading } from './batch.ts';
import type { Checkpoint, CheckpointStore } from './checkpoint.ts';
import { addCounts, copyCounts, emptyTally, type PipelineCounts, type Tally } from './counts.ts';
import { goesOn } from './failure.ts';
import type { PipelineLimits, PipelineProgress, RunReport } from './pipeline.ts';
import type { Reading, Source } from './source.ts';

/** What one run needs from its pipeline. */
export interface RunParts<In> {
  readonly id: string;
  readonly pipeline: string;
  readonly source: Source<In>;
  readonly keyOf: ((item: In) => string) | undefined;
  readonly batchSize: number;
  readonly concurrency: number;
  readonly limits: Required<PipelineLimits>;
  readonly checkpoints: CheckpointStore | undefined;
  readonly clock: Clock;
  readonly onProgress: ((progress: PipelineProgress) => void) | undefined;
  readonly progressMs: number;
  /** Brings a batch to its end. */
  readonly ingest: (
    batch: readonly KeyedReading<In>[],
    startedAt: number,
    signal: AbortSignal,
  ) => Promise<PipelineCounts>;
  /** Told of what has ended, in the order of the source. */
  readonly ended: (counts: PipelineCounts) => void;
}

interface Ended {
  readonly counts: PipelineCounts;
  readonly settle: readonly (() => void)[];
}

/** Batches that may have ended behind one that has not, for each batch in work: what a checkpoint lags behind is bounded by it. */
const windowFactor = 2;

/**
 * One run. Batches end in any order; the checkpoint and all counts follow the order of the source, so that they count each item
 * once, whatever was done twice around a crash.
 */
export class Run<In> {
  readonly #parts: RunParts<In>;
  readonly #abort: AbortController = new AbortController();
  readonly #sleep: AbortController = new AbortController();
  readonly #ended: Map<number, Ended> = new Map();
  readonly #failure: PromiseWithResolvers<never> = Promise.withResolvers();
  #counts: Tally = emptyTally();
  #startedAt: number;
  #resumedAt = 0;
  #place = 0;
  #batch: KeyedReading<In>[] = [];
  #inWork: Set<Promise<void>> = new Set();
  #sequence = 0;
  #committed = 0;
  #room: (() => void) | undefined;
  #linger: Timer | undefined;
  #saving: Promise<void> | undefined;
  #dirty = false;
  #unsettled: (() => void)[] = [];
  #failed: { readonly error: unknown } | undefined;
  #tookUpAt: number;
  #toldAt: number;

  constructor(parts: RunParts<In>) {
    this.#parts = parts;
    this.#startedAt = parts.clock.now();
    this.#tookUpAt = parts.clock.monotonic();
    this.#toldAt = this.#tookUpAt;
    // A failure between two waits must not count as unhandled; the run throws it itself.
    this.#failure.promise.catch(() => undefined);
  }

  /** Ends the run early with this error: what is in work is given up, the checkpoint stands. */
  fail(error: unknown): void {
    if (this.#failed) return;
    this.#failed = { error };
    this.#abort.abort(error);
    this.#failure.reject(error);
  }

  async execute(): Promise<RunReport> {
    const saved = await this.#parts.checkpoints?.load(this.#parts.id);
    if (saved) this.#takeUp(saved);
    if (saved?.finishedAt) return this.#report();
    // The beginning is part of the ids of dead letters, so it is kept before there can be one.
    if (!saved) await this.#save(null);
    const iterator = this.#parts.source.read(this.#abort.signal)[Symbol.asyncIterator]();
    let broken: { readonly error: unknown } | undefined;
    try {
      const reading = this.#read(iterator).catch((error: unknown) => {
        broken = { error };
      });
      await Promise.race([reading, this.#failure.promise]);
      this.#dispatch();
      await Promise.race([this.#allEnded(), this.#failure.promise]);
      if (broken) this.fail(broken.error);
    } catch (error) {
      this.fail(error);
      // A source that hangs in its reading must not hold up the end of the run.
      iterator.return?.().catch(() => undefined);
    } finally {
      this.#linger?.cancel();
    }
    await Promise.all(this.#inWork);
    await this.#finish();
    if (this.#failed) throw this.#failed.error;
    this.#tell(true);
    return this.#report();
  }

  #takeUp(saved: Checkpoint): void {
    this.#startedAt = saved.startedAt;
    this.#counts = copyCounts(saved.counts);
    this.#resumedAt = saved.counts.read;
  }

  async #read(iterator: AsyncIterator<Reading<In>>): Promise<void> {
    const { batchSize, source } = this.#parts;
    const passOver = source.resumesItself ? 0 : this.#resumedAt;
    if (source.resumesItself) this.#place = this.#resumedAt;
    for (;;) {
      const next = await iterator.next().catch((error: unknown) => {
        throw this.#broken(error);
      });
      if (next.done === true || this.#failed) return;
      this.#place += 1;
      if (this.#place <= passOver) continue;
      this.#batch.push({ key: this.#keyOf(next.value), reading: next.value });
      if (this.#batch.length < batchSize) {
        this.#linger ??= this.#parts.clock.setTimeout(() => this.#flushLate(), this.#parts.limits.lingerMs);
        continue;
      }
      while (!this.#hasRoom()) {
        await new Promise<void>((resolve) => {
          this.#room = resolve;
        });
        if (this.#failed) return;
      }
      this.#dispatch();
    }
  }

  #keyOf(reading: Reading<In>): string {
    const { pipeline, id, keyOf } = this.#parts;
    const own = reading.kind === 'bad' ? undefined : (keyOf?.(reading.item) ?? reading.key);
    return own === undefined ? `${pipeline}/${id}/${this.#place}` : `${pipeline}/${own}`;
  }

  #hasRoom(): boolean {
    const { concurrency } = this.#parts;
    return this.#inWork.size < concurrency && this.#sequence - this.#committed < concurrency * windowFactor;
  }

  #flushLate(): void {
    this.#linger = undefined;
    // Without room, the batch goes when there is some, and may fill until then.
    if (this.#hasRoom()) this.#dispatch();
    else this.#linger = this.#parts.clock.setTimeout(() => this.#flushLate(), this.#parts.limits.lingerMs);
  }

  #dispatch(): void {
    this.#linger?.cancel();
    this.#linger = undefined;
    if (this.#batch.length === 0 || this.#failed) return;
    const batch = this.#batch;
    this.#batch = [];
    const sequence = this.#sequence++;
    const work = this.#parts
      .ingest(batch, this.#startedAt, this.#abort.signal)
      .then((counts) => {
        const settle = batch.flatMap(({ reading }) =>
          reading.kind === 'item' && reading.settled ? [reading.settled] : [],
        );
        this.#ended.set(sequence, { counts, settle });
        this.#commit();
      })
      .catch((error: unknown) => this.fail(error))
      .finally(() => {
        this.#inWork.delete(work);
        this.#room?.();
      });
    this.#inWork.add(work);
  }

  #commit(): void {
    for (let ended = this.#ended.get(this.#committed); ended; ended = this.#ended.get(this.#committed)) {
      this.#ended.delete(this.#committed);
      this.#committed += 1;
      addCounts(this.#counts, ended.counts);
      this.#parts.ended(ended.counts);
      this.#unsettled.push(...ended.settle);
      this.#dirty = true;
    }
    const { failuresMax } = this.#parts.limits;
    if (this.#counts.failed > failuresMax) {
      this.fail(
        new RaptorFlowError(
          'exhausted',
          `More than ${failuresMax} items of this run of pipeline "${this.#parts.pipeline}" failed, which is failuresMax; look at its ` +
            `dead letters, then run it again with a larger limit: ${goesOn}.`,
          { details: { failures_max: failuresMax } },
        ),
      );
    }
    this.#tell(false);
    this.#saving ??= this.#keepSaving()
      .catch((error: unknown) => this.fail(error))
      .finally(() => {
        this.#saving = undefined;
      });
  }

  async #allEnded(): Promise<void> {
    while (this.#inWork.size > 0) await Promise.all(this.#inWork);
  }

  /** Saves until nothing is new; never two at a time, and not more often than allowed. */
  async #keepSaving(): Promise<void> {
    const { clock, limits } = this.#parts;
    while (this.#dirty) {
      await this.#save(null);
      if (!this.#parts.checkpoints || this.#sleep.signal.aborted) continue;
      await clock.sleep(limits.checkpointMs, this.#sleep.signal).catch(() => undefined);
    }
  }

  async #save(finishedAt: number | null): Promise<void> {
    const { checkpoints, id } = this.#parts;
    this.#dirty = false;
    const settle = this.#unsettled;
    this.#unsettled = [];
    const counts = copyCounts(this.#counts);
    await checkpoints?.save({ id, startedAt: this.#startedAt, finishedAt, counts });
    for (const settled of settle) settled();
  }

  async #finish(): Promise<void> {
    this.#sleep.abort();
    await this.#saving;
    try {
      await this.#save(this.#failed ? null : this.#parts.clock.now());
    } catch (error) {
      this.fail(error);
    }
  }

  #tell(isEnd: boolean): void {
    const { onProgress, progressMs, clock, source } = this.#parts;
    if (!onProgress) return;
    const now = clock.monotonic();
    if (!isEnd && now - this.#toldAt < progressMs) return;
    this.#toldAt = now;
    const counts = copyCounts(this.#counts);
    const seconds = (now - this.#tookUpAt) / 1_000;
    const perSecond = seconds > 0 ? (counts.read - this.#resumedAt) / seconds : 0;
    const total = source.total ?? null;
    const remaining = total === null ? null : Math.max(0, total - counts.read);
    const remainingMs = remaining === null || perSecond <= 0 ? null : (remaining / perSecond) * 1_000;
    onProgress({ ...counts, perSecond, total, remaining, remainingMs });
  }

  #broken(error: unknown): RaptorFlowError {
    const { source, pipeline } = this.#parts;
    const known = toRaptorFlowError(error, 'unavailable');
    return new RaptorFlowError(
      known.code,
      `The source "${source.name}" of pipeline "${pipeline}" broke after ${this.#place} readings: ${known.message} ` +
        `What was read before has ended and is counted; run it again: ${goesOn}.`,
      { cause: error, details: { ...known.details, readings: this.#place } },
    );
  }

  #report(): RunReport {
    return { ...copyCounts(this.#counts), id: this.#parts.id, resumedAt: this.#resumedAt };
  }
}
