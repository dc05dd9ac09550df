import type { HistoryResolution, ResolvedHistoryOptions } from './options.ts';
import { tooMuch, type CheckedQuery } from './query.ts';

/** Points that an answer is made from before a coarser resolution is taken where that changes nothing. */
export const readPointsMax: number = 300_000;
const pointsByDefault = 300;

/** How a query is answered. */
export interface QueryPlan {
  readonly resolution: HistoryResolution;
  /** Finer resolutions, from coarse to fine, for the newest part. */
  readonly finer: readonly HistoryResolution[];
  readonly step: number;
  /** A whole number of steps apart; the beginning is a multiple of the resolution's step, or of the answer's where that was not asked for. */
  readonly from: number;
  readonly to: number;
  readonly points: number;
}

/** The resolutions whose data reaches back to a moment, from fine to coarse; the coarsest when none does. */
function covering(options: ResolvedHistoryOptions, from: number, now: number): readonly HistoryResolution[] {
  const found = options.resolutions.filter(({ keepMs }) => now - keepMs <= from);
  return found.length > 0 ? found : options.resolutions.slice(-1);
}

/** The finest resolution that covers a range, and what is finer. */
export function resolutionFor(
  options: ResolvedHistoryOptions,
  from: number,
  now: number,
): { readonly resolution: HistoryResolution; readonly finer: readonly HistoryResolution[] } {
  const [resolution = { stepMs: 1, keepMs: 1 }] = covering(options, from, now);
  return { resolution, finer: finerThan(options, resolution) };
}

function finerThan(options: ResolvedHistoryOptions, { stepMs }: HistoryResolution): HistoryResolution[] {
  return options.resolutions.filter((each) => each.stepMs < stepMs).toReversed();
}

/**
 * Chooses resolution and step: the finest resolution that covers the range; a coarser one when the answer would be made from too many points and
 * every step is a whole number of the coarser one's, so that nothing changes. Throws `invalid_input` for an answer that would be too large.
 */
export function planQuery(
  query: CheckedQuery,
  seriesCount: number,
  options: ResolvedHistoryOptions,
  now: number,
): QueryPlan {
  const { limits } = options;
  const span = query.to - query.from;
  const candidates = covering(options, query.from, now);
  const finest = candidates[0]?.stepMs ?? 1;
  const step = roundUp(query.step ?? Math.max(finest, span / pointsByDefault), finest);
  let [resolution = { stepMs: 1, keepMs: 1 }] = candidates;
  for (const coarser of candidates.slice(1)) {
    if ((span / resolution.stepMs) * seriesCount <= readPointsMax) break;
    const begin = beginOf(query, resolution.stepMs, step);
    if (step % coarser.stepMs !== 0 || begin % coarser.stepMs !== 0) break;
    resolution = coarser;
  }
  const from = beginOf(query, resolution.stepMs, step);
  const points = Math.ceil((query.to - from) / step);
  const to = from + points * step;
  if (points > limits.pointsPerSeriesMax) {
    throw tooMuch('points a series', points, 'pointsPerSeriesMax', limits.pointsPerSeriesMax);
  }
  if (points * seriesCount > limits.pointsPerAnswerMax) {
    throw tooMuch('points', points * seriesCount, 'pointsPerAnswerMax', limits.pointsPerAnswerMax);
  }
  return { resolution, finer: finerThan(options, resolution), step, from, to, points };
}

/** Steps that were asked for are counted from `from`; others lie where they always lie, so that two answers can be laid side by side. */
function beginOf({ from, step: asked }: CheckedQuery, resolutionMs: number, step: number): number {
  const unit = asked === undefined ? step : resolutionMs;
  return Math.floor(from / unit) * unit;
}

function roundUp(value: number, unit: number): number {
  return Math.max(1, Math.ceil(value / unit)) * unit;
}
