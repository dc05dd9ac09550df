import type { Clock } from '../../kernel/index.ts';
import { seriesPerShard, shardOf } from './frame.ts';
import type { ResolvedHistoryOptions } from './options.ts';
import { PointReader } from './point-reader.ts';
import { stepEnd } from './roll-up.ts';
import type { Sealer } from './sealer.ts';
import type { SeriesBook, SeriesState } from './series-book.ts';
import type { HistoryStore } from './store.ts';

/** What a restart works with. */
export interface RecoveryParts {
  readonly options: ResolvedHistoryOptions;
  readonly store: HistoryStore;
  readonly book: SeriesBook;
  readonly sealer: Sealer;
  readonly clock: Clock;
}

/** What was found of the time before a restart. */
export interface Recovered {
  /** The newest sample in the store; 0 when there is none. */
  readonly newestAt: number;
  /** Blocks and frames that could not be read. */
  readonly damaged: number;
}

/**
 * Takes up the thread of the process before: the numbers of its series, how full its shards are, the rings of `live`, and the roll-ups that it had not
 * finished. A roll-up is finished at the first sample at or after its end, so those that end after the newest sample are unfinished.
 */
export async function recover(parts: RecoveryParts): Promise<Recovered> {
  const { options, store, book, clock } = parts;
  const states = new Map<number, SeriesState>();
  for (const description of await store.listSeries({ source: options.source })) {
    states.set(description.number, book.restore(description));
  }
  const shards = new Set([...states.keys()].map(shardOf));
  const newestAt = await countFrames(parts, shards);
  const reader = new PointReader(store, clock);
  for (const shard of shards) {
    const found: SeriesState[] = [];
    for (let slot = 0; slot < seriesPerShard; slot += 1) {
      const state = states.get(shard * seriesPerShard + slot);
      if (state) found.push(state);
    }
    await refill(parts, reader, found, newestAt);
  }
  return { newestAt, damaged: reader.damaged };
}

/**
 * Tells the sealer what is there; answers the newest moment that is known to have been sampled. A roll-up's end is one, too: it was written at a sample
 * at or after it, together with everything else that ended by then.
 */
async function countFrames(
  { options, store, sealer }: RecoveryParts,
  shards: ReadonlySet<number>,
): Promise<number> {
  const { source, resolutions } = options;
  let newestAt = 0;
  for (const { stepMs } of resolutions) {
    for (const shard of shards) {
      const range = { source, stepMs, shard, from: -1, to: Number.MAX_SAFE_INTEGER, timesOnly: true };
      const frames = await store.readFrames(range);
      sealer.note(frames);
      newestAt = Math.max(newestAt, frames.at(-1)?.at ?? 0);
    }
  }
  return newestAt;
}

async function refill(
  { options, clock }: RecoveryParts,
  reader: PointReader,
  states: readonly SeriesState[],
  newestAt: number,
): Promise<void> {
  const series = states.map(({ description }) => description);
  const [raw, ...coarser] = options.resolutions;
  const stepMs = raw?.stepMs ?? 1;
  const firstRollUpMs = coarser[0]?.stepMs ?? stepMs;
  const from = Math.min(clock.now() - options.liveMs, Math.floor(newestAt / firstRollUpMs) * firstRollUpMs);
  const samples = await reader.read(series, { stepMs, from, to: newestAt });
  for (const [place, state] of states.entries()) {
    for (const point of samples[place] ?? []) {
      state.ring.put(point);
      if (stepEnd(point.at, firstRollUpMs) > newestAt) state.rollUps[0]?.add(point);
    }
  }
  for (const [index, { stepMs: coarseMs }] of coarser.slice(1).entries()) {
    const finerMs = coarser[index]?.stepMs ?? coarseMs;
    const since = Math.floor(newestAt / coarseMs) * coarseMs;
    const points = await reader.read(series, { stepMs: finerMs, from: since, to: newestAt });
    for (const [place, state] of states.entries()) {
      for (const point of points[place] ?? []) state.rollUps[index + 1]?.add(point);
    }
  }
}
