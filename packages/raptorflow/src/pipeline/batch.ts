import { isRaptorFlowError } from '../kernel/index.ts';
import { permanentError } from '../bus/index.ts';
import type { Executor } from '../resilience/index.ts';
import { countSkips, emptyTally, type PipelineCounts } from './counts.ts';
import type { FailedItem } from './dead-letter.ts';
import { failedItem, wordsOf, type FailingRun, type Pending } from './failure.ts';
import type { PipelineOptions } from './pipeline.ts';
import type { Reading } from './source.ts';
import type { Storing } from './storing.ts';

/** A reading with its key. */
export interface KeyedReading<In> {
  readonly key: string;
  readonly reading: Reading<In>;
}

/** What working at batches needs. */
export interface BatchParts<In, Out> {
  readonly options: Pick<PipelineOptions<In, Out>, 'name' | 'convert' | 'skip' | 'deadLetters'>;
  readonly storing: Storing<In, Out>;
  readonly executor: Executor;
  readonly now: () => string;
}

/**
 * Brings every reading of a batch to its end: converted and stored, skipped, or among the dead letters. Resolves with what became of them,
 * all of it durable. Rejects when nothing can be said of some of them: the store or the dead letters are down, or the run is cancelled.
 */
export async function ingestBatch<In, Out>(
  batch: readonly KeyedReading<In>[],
  run: FailingRun,
  parts: BatchParts<In, Out>,
  signal: AbortSignal,
): Promise<PipelineCounts> {
  const tally = emptyTally();
  const failed: FailedItem[] = [];
  const converted: Pending<In, Out>[] = [];
  for (const { key, reading } of batch) {
    const position = reading.position ?? null;
    if (reading.kind === 'bad') {
      const { error, text } = reading;
      const attempts = [
        { stage: 'read', attempt: 1, together: 1, at: parts.now(), error: wordsOf(error) },
      ] as const;
      failed.push(failedItem(run, { key, stage: 'read', item: null, text, position, error, attempts }));
      tally.failures.read += 1;
      continue;
    }
    const { item } = reading;
    try {
      const reason = parts.options.skip?.(item) ?? null;
      if (reason !== null) {
        countSkips(tally, reason, 1);
        tally.skipped += 1;
        continue;
      }
      const made = convertItem(item, key, parts, signal);
      const value = made instanceof Promise ? await made : made;
      converted.push({ key, position, item, value, attempts: [] });
    } catch (error) {
      if (signal.aborted) throw error;
      const attempts = [
        { stage: 'convert', attempt: 1, together: 1, at: parts.now(), error: wordsOf(error) },
      ] as const;
      failed.push(failedItem(run, { key, stage: 'convert', item, position, error, attempts }));
      tally.failures.convert += 1;
    }
  }
  const refused = converted.length === 0 ? [] : await parts.storing.store(converted, signal);
  for (const { pending, error } of refused) {
    const { key, item, position, attempts } = pending;
    failed.push(failedItem(run, { key, stage: 'store', item, position, error, attempts }));
  }
  if (failed.length > 0) await bury(failed, parts, signal);
  tally.read = batch.length;
  tally.converted = converted.length;
  tally.failures.store = refused.length;
  tally.ingested = converted.length - refused.length;
  tally.failed = failed.length;
  return tally;
}

/** Converts and stores one item by itself, as a redrive does. Rejects with what it fails with. */
export async function ingestOne<In, Out>(
  key: string,
  item: In,
  parts: BatchParts<In, Out>,
  signal: AbortSignal,
): Promise<void> {
  const value = await convertItem(item, key, parts, signal);
  const [refused] = await parts.storing.store([{ key, position: null, item, value, attempts: [] }], signal);
  if (refused) throw permanentError(wordsOf(refused.error), refused.error);
}

function convertItem<In, Out>(
  item: In,
  key: string,
  { options, executor }: BatchParts<In, Out>,
  signal: AbortSignal,
): Out | Promise<Out> {
  const { name, convert } = options;
  // An item that is its own obstacle is most failures; only what says that it may pass is repeated.
  const again = (error: unknown): Promise<Out> => {
    if (!isRaptorFlowError(error) || !error.retryable || signal.aborted) throw error;
    const operation = `pipeline.${name}.convert`;
    return executor.execute(operation, async () => convert(item, { key, signal }), {
      breaker: false,
      signal,
    });
  };
  try {
    const made = convert(item, { key, signal });
    return made instanceof Promise ? made.catch(again) : made;
  } catch (error) {
    return again(error);
  }
}

/** Until the letters are durable the items have not ended, so this is repeated as storing is; then the run ends. */
function bury<In, Out>(
  failed: readonly FailedItem[],
  { options, executor }: BatchParts<In, Out>,
  signal: AbortSignal,
): Promise<void> {
  const operation = `pipeline.${options.name}.bury`;
  return executor.execute(operation, () => options.deadLetters.bury(failed), { breaker: false, signal });
}
