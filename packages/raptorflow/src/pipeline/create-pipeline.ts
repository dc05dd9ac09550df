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
  type ServiceState,
  type StopOptions,
} from '../kernel/index.ts';
import { silentMeter, type Meter } from '../metrics/index.ts';
import { createExecutor, type Executor } from '../resilience/index.ts';
import { ingestBatch, ingestOne, type BatchParts } from './batch.ts';
import type { PipelineCounts } from './counts.ts';
import type { PipelineDeadLetters } from './dead-letter.ts';
import { goesOn } from './failure.ts';
import {
  pipelineOptionsSchema,
  runOptionsSchema,
  type CheckedPipelineOptions,
  type CheckedRunOptions,
} from './options.ts';
import type { Pipeline, PipelineDeps, PipelineOptions, RunOptions, RunReport } from './pipeline.ts';
import { Run } from './run.ts';
import { isSource, iterableSource, type Source } from './source.ts';
import { Storing } from './storing.ts';

/** Builds a pipeline. Throws `invalid_options`. */
export function createPipeline<In, Out>(
  options: PipelineOptions<In, Out>,
  deps: PipelineDeps = {},
): Pipeline<In> {
  const checked = parseOptions('createPipeline', pipelineOptionsSchema, options);
  return new PipelineOverStore(options, checked, deps);
}

class PipelineOverStore<In, Out> implements Pipeline<In> {
  readonly deadLetters: Pick<PipelineDeadLetters, 'list' | 'redrive'>;
  readonly #options: PipelineOptions<In, Out>;
  readonly #checked: CheckedPipelineOptions;
  readonly #clock: Clock;
  readonly #log: Logger;
  readonly #ids: Ids;
  readonly #lifecycle: Lifecycle;
  readonly #batches: BatchParts<In, Out>;
  readonly #runs: Map<string, Run<In>> = new Map();
  readonly #stopping: AbortController = new AbortController();
  readonly #ended: (counts: PipelineCounts) => void;
  readonly #redriven: { add(): void };

  constructor(options: PipelineOptions<In, Out>, checked: CheckedPipelineOptions, deps: PipelineDeps) {
    this.#options = options;
    this.#checked = checked;
    this.#clock = deps.clock ?? systemClock;
    this.#log = (deps.log ?? silentLogger).child('pipeline');
    this.#ids = createIds({ clock: this.#clock, ...(deps.random && { random: deps.random }) });
    const meter = deps.meter ?? silentMeter;
    const executor = this.#createExecutor(deps, meter);
    this.#batches = {
      options,
      executor,
      storing: new Storing<In, Out>({
        pipeline: checked.name,
        store: options.store,
        executor,
        clock: this.#clock,
        timeoutMs: checked.limits.storeMs,
      }),
      now: () => new Date(this.#clock.now()).toISOString(),
    };
    const meters = pipelineMeters(meter, checked.name);
    this.#ended = meters.ended;
    this.#redriven = meters.redriven;
    const { deadLetters } = options;
    this.deadLetters = {
      list: (which) => deadLetters.list(which),
      redrive: (ids) => {
        this.#lifecycle.assertRunning();
        return deadLetters.redrive(ids);
      },
    };
    this.#lifecycle = new Lifecycle(`Pipeline "${checked.name}"`, {
      start: () =>
        deadLetters.open(checked.name, async ({ key, item }) => {
          // The letter holds what the source gave, as JSON.
          await ingestOne(key, item as In, this.#batches, this.#stopping.signal);
          this.#redriven.add();
        }),
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

  async forget(id: string): Promise<void> {
    if (this.#runs.has(id)) throw this.#conflict(id);
    await this.#options.checkpoints?.forget(id);
  }

  async run(
    given: Source<In> | AsyncIterable<In> | Iterable<In>,
    options: RunOptions = {},
  ): Promise<RunReport> {
    const checked = parseOptions('run', runOptionsSchema, options);
    const source = isSource(given) ? given : iterableSource(given);
    const isNamed = this.#options.checkpoints !== undefined && checked.checkpoint;
    const id = checked.id ?? (isNamed ? source.name : this.#ids.next('run'));
    await this.start();
    this.#lifecycle.assertRunning();
    if (this.#runs.has(id)) throw this.#conflict(id);
    const run = this.#createRun(id, source, options, checked);
    this.#runs.set(id, run);
    const onAbort = (): void => run.fail(this.#cancelled(id, options.signal?.reason));
    options.signal?.addEventListener('abort', onAbort, { once: true });
    try {
      if (options.signal?.aborted) onAbort();
      const report = await run.execute();
      this.#log.info(`Run ${id} of pipeline "${this.#checked.name}" is finished.`, { ...report });
      return report;
    } finally {
      options.signal?.removeEventListener('abort', onAbort);
      this.#runs.delete(id);
    }
  }

  async #stop(): Promise<void> {
    const stopped = this.#cancelled('all', undefined);
    for (const run of this.#runs.values()) run.fail(stopped);
    this.#stopping.abort(stopped);
    await this.#options.deadLetters.close();
  }

  #createRun(id: string, source: Source<In>, options: RunOptions, checked: CheckedRunOptions): Run<In> {
    const { name, batchSize, concurrency, limits } = this.#checked;
    return new Run<In>({
      id,
      pipeline: name,
      source,
      keyOf: this.#options.keyOf,
      batchSize,
      concurrency,
      limits,
      checkpoints: checked.checkpoint ? this.#options.checkpoints : undefined,
      clock: this.#clock,
      onProgress: options.onProgress,
      progressMs: checked.progressMs,
      ingest: (batch, runStartedAt, signal) =>
        ingestBatch(batch, { pipeline: name, run: id, runStartedAt }, this.#batches, signal),
      ended: this.#ended,
    });
  }

  #createExecutor(deps: PipelineDeps, meter: Meter): Executor {
    const { retry } = this.#options;
    return createExecutor(retry ? { retry } : {}, {
      clock: this.#clock,
      meter,
      ...(deps.random && { random: deps.random }),
    });
  }

  #conflict(id: string): RaptorFlowError {
    return new RaptorFlowError(
      'conflict',
      `Run "${id}" of pipeline "${this.#checked.name}" is going on; wait for it, or cancel it.`,
    );
  }

  #cancelled(id: string, cause: unknown): RaptorFlowError {
    return new RaptorFlowError(
      'cancelled',
      `Run "${id}" of pipeline "${this.#checked.name}" was cancelled; run it again: ${goesOn}.`,
      { cause },
    );
  }
}

/** Counts each item once over restarts, as far as checkpoints are durable: what a crash repeats is counted by whoever commits it. */
function pipelineMeters(
  meter: Meter,
  pipeline: string,
): { readonly ended: (counts: PipelineCounts) => void; readonly redriven: { add(): void } } {
  const counter = (outcome: string, description: string): ReturnType<Meter['counter']> =>
    meter.counter({ name: `pipeline_${outcome}`, unit: 'items', description, category: 'reliability' });
  const ingested = counter('ingested', 'Items that a pipeline stored.').with({ pipeline });
  const converted = counter('converted', 'Items that a pipeline converted, stored or not.').with({
    pipeline,
  });
  const skipped = counter('skipped', 'Items that a pipeline passed over, for a reason.').with({ pipeline });
  const failures = counter('failed', 'Items that became dead letters of a pipeline.');
  const failed = {
    read: failures.with({ pipeline, stage: 'read' }),
    convert: failures.with({ pipeline, stage: 'convert' }),
    store: failures.with({ pipeline, stage: 'store' }),
  };
  const redriven = counter('redriven', 'Dead letters of a pipeline that were ingested after all.');
  return {
    ended: (counts) => {
      ingested.add(counts.ingested);
      converted.add(counts.converted);
      skipped.add(counts.skipped);
      for (const stage of ['read', 'convert', 'store'] as const) failed[stage].add(counts.failures[stage]);
    },
    redriven: redriven.with({ pipeline }),
  };
}
