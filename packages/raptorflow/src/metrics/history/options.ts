import { z } from 'zod';
import { parseOptions } from '../../kernel/index.ts';

/** One resolution of a history. */
export interface HistoryResolution {
  /** The distance of its points. A multiple of the one before. */
  readonly stepMs: number;
  /** How long its points are kept. Longer than the one before. */
  readonly keepMs: number;
}

/** Limits of a history. */
export interface HistoryLimits {
  /** Series of this process that are kept; further ones are counted and reported. Default 20,000. */
  readonly seriesMax?: number;
  /** What the store may hold; beyond, the oldest data goes first, and is reported. Default 4 GiB. */
  readonly storedBytesMax?: number;
  /** Steps that wait while the store cannot be written; beyond, the oldest are given up and reported. Default 360. */
  readonly waitingStepsMax?: number;
  /** Series in one answer. Default 1,000. */
  readonly seriesPerAnswerMax?: number;
  /** Points of one series in an answer. Default 11,000. */
  readonly pointsPerSeriesMax?: number;
  /** Points in one answer, over all its series. Default 500,000. */
  readonly pointsPerAnswerMax?: number;
}

/** How a history is kept. */
export interface HistoryOptions {
  /** What this process is called in the store: it stays over restarts, and no other process has it. Default `main`. */
  readonly source?: string;
  /** From fine to coarse; the first one is how often is sampled. Default 10 s for 2 h, 1 min for 7 d, 10 min for 90 d. */
  readonly resolutions?: readonly HistoryResolution[];
  /** Points of a sealed block; fewer where a resolution is kept for less than three blocks. Default 1,000. */
  readonly blockPoints?: number;
  /** How far back `live` reaches. Default 15 min. */
  readonly liveMs?: number;
  readonly limits?: HistoryLimits;
}

/** The options with their defaults. */
export interface ResolvedHistoryOptions {
  readonly source: string;
  readonly resolutions: readonly HistoryResolution[];
  readonly blockPoints: number;
  readonly liveMs: number;
  readonly limits: Required<HistoryLimits>;
}

const minute = 60_000;
const hour = 60 * minute;
const day = 24 * hour;

const defaultResolutions: HistoryResolution[] = [
  { stepMs: 10_000, keepMs: 2 * hour },
  { stepMs: minute, keepMs: 7 * day },
  { stepMs: 10 * minute, keepMs: 90 * day },
];

const resolutions = z
  .array(z.strictObject({ stepMs: z.int().min(100).max(day), keepMs: z.int().positive() }))
  .min(1)
  .max(8)
  .refine(
    (list) => list.every(({ stepMs, keepMs }) => keepMs >= 3 * stepMs),
    'must keep each resolution for at least three of its steps',
  )
  .refine(
    (list) =>
      list.every(({ stepMs, keepMs }, index) => {
        const finer = list[index - 1];
        return !finer || (stepMs > finer.stepMs && stepMs % finer.stepMs === 0 && keepMs > finer.keepMs);
      }),
    'must go from fine to coarse, each step a multiple of the one before and kept for longer',
  )
  .refine(
    // Points of a coarser resolution are made from the finer one's, which must still be there after a restart.
    (list) => list.every(({ keepMs }, index) => keepMs >= 2 * (list[index + 1]?.stepMs ?? 0)),
    'must keep each resolution for at least two steps of the next one',
  );

const limits = z
  .strictObject({
    seriesMax: z.int().positive().max(10_000_000).default(20_000),
    storedBytesMax: z
      .int()
      .min(1 << 16)
      .default(4 * 2 ** 30),
    waitingStepsMax: z.int().positive().default(360),
    seriesPerAnswerMax: z.int().positive().default(1_000),
    pointsPerSeriesMax: z.int().positive().default(11_000),
    pointsPerAnswerMax: z.int().positive().default(500_000),
  })
  .prefault({});

const optionsSchema = z.strictObject({
  source: z
    .string()
    .regex(/^[\w.:-]{1,100}$/u, 'may hold 1 to 100 letters, digits and _ . : -')
    .default('main'),
  resolutions: resolutions.default(defaultResolutions),
  blockPoints: z.int().min(10).max(10_000).default(1_000),
  liveMs: z
    .int()
    .min(minute)
    .max(day)
    .default(15 * minute),
  limits,
});

/** Checks what `createHistory` is given. */
export function parseHistoryOptions(options: HistoryOptions): ResolvedHistoryOptions {
  return parseOptions('createHistory', optionsSchema, options);
}
