/**
 * What became of the items of a run. They add up: `read = ingested + skipped + failed`, `failed` is the sum of `failures`, and
 * `converted = ingested + failures.store`.
 */
export interface PipelineCounts {
  readonly read: number;
  readonly ingested: number;
  readonly converted: number;
  readonly skipped: number;
  readonly failed: number;
  /** By what failed: reading the item, converting it, storing it. */
  readonly failures: Readonly<Record<FailureStage, number>>;
  /** Skipped items by reason; reasons beyond a hundred are counted as `other`. */
  readonly skips: Readonly<Record<string, number>>;
}

/** Where an item failed. */
export type FailureStage = 'read' | 'convert' | 'store';

const reasonsMax = 100;

/** Counts as they grow. */
export interface Tally {
  read: number;
  ingested: number;
  converted: number;
  skipped: number;
  failed: number;
  failures: Record<FailureStage, number>;
  skips: Record<string, number>;
}

/** Counts of nothing. */
export function emptyTally(): Tally {
  return {
    read: 0,
    ingested: 0,
    converted: 0,
    skipped: 0,
    failed: 0,
    failures: { read: 0, convert: 0, store: 0 },
    skips: {},
  };
}

/** A copy that no longer grows with the original. */
export function copyCounts(counts: PipelineCounts): Tally {
  return { ...counts, failures: { ...counts.failures }, skips: { ...counts.skips } };
}

/** Adds what became of one batch. */
export function addCounts(to: Tally, more: PipelineCounts): void {
  to.read += more.read;
  to.ingested += more.ingested;
  to.converted += more.converted;
  to.skipped += more.skipped;
  to.failed += more.failed;
  for (const stage of ['read', 'convert', 'store'] as const) to.failures[stage] += more.failures[stage];
  for (const [reason, count] of Object.entries(more.skips)) countSkips(to, reason, count);
}

/** Counts skipped items under their reason. */
export function countSkips(tally: Tally, reason: string, count: number): void {
  const known = Object.hasOwn(tally.skips, reason);
  const name = known || Object.keys(tally.skips).length < reasonsMax ? reason : 'other';
  tally.skips[name] = (Object.hasOwn(tally.skips, name) ? (tally.skips[name] ?? 0) : 0) + count;
}
