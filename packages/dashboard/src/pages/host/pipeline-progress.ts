/** How far a pipeline is. */
import type { PeriscopePipeline } from '@raptorflow/contract';

/** The share that is done, and how long the rest takes at the present rate; null where nobody can know. */
export interface PipelineProgress {
  readonly share: number | null;
  readonly leftMs: number | null;
}

/** Reckons with the items that the pipeline is done with, whatever became of them. */
export function progressOf(pipeline: PeriscopePipeline): PipelineProgress {
  const { state, ingested, skipped, failed, remaining, items_per_second: rate } = pipeline;
  const done = ingested + skipped + failed;
  if (remaining === null) return { share: state === 'ended' ? 1 : null, leftMs: null };
  const share = done + remaining === 0 ? (state === 'ended' ? 1 : 0) : done / (done + remaining);
  const isKnown = state === 'running' && rate > 0 && remaining > 0;
  return { share, leftMs: isKnown ? (remaining / rate) * 1_000 : null };
}
