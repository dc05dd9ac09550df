import { z } from 'zod';
import { parseOptions } from '../../kernel/index.ts';

/** A stretch of the past that is looked at, and in which steps. */
export interface AnalyticsWindow {
  readonly hours: number;
  readonly stepSeconds: number;
}

/** How usage is analysed. */
export interface AnalyticsOptions {
  /** Seconds from round to round; 10 to 86,400. Default 300. */
  readonly intervalSeconds?: number;
  /**
   * Windows, each of 24 to 5,000 steps. Default: a day in steps of five minutes, and two weeks by the hour, because growth is told from a weekly
   * season only over two weeks.
   */
  readonly windows?: readonly AnalyticsWindow[];
  /** Seasons that usage may have by its nature. Default: a day and a week. Empty where nothing repeats. */
  readonly seasonHours?: readonly number[];
  /** From which confidence on a pattern is reported, 0.9 to 0.9999. Default 0.99. */
  readonly confidence?: number;
  readonly limits?: AnalyticsLimits;
}

/** Limits of an analysis. */
export interface AnalyticsLimits {
  /** Series of one window; further ones are counted and reported. Default 500. */
  readonly seriesMax?: number;
  /** Patterns that are kept. Default 100. */
  readonly patternsMax?: number;
  /** Recommendations that are kept. Default 50. */
  readonly recommendationsMax?: number;
  /** How long both are kept after the data supported them for the last time. Default 7 days. */
  readonly keepHours?: number;
  /** What is found again within this time is the same finding; what was applied does not come back before. Default 3,600 s. */
  readonly repeatSeconds?: number;
}

const hourSeconds = 3_600;
const stepsMin = 24;
const stepsMax = 5_000;

const windowSchema = z
  .strictObject({ hours: z.number().positive(), stepSeconds: z.int().positive() })
  .refine(({ hours, stepSeconds }) => {
    const steps = (hours * hourSeconds) / stepSeconds;
    return Number.isInteger(steps) && steps >= stepsMin && steps <= stepsMax;
  }, `must be ${stepsMin} to ${stepsMax} whole steps`);

const optionsSchema = z.strictObject({
  intervalSeconds: z.number().min(10).max(86_400).default(300),
  windows: z
    .array(windowSchema)
    .min(1)
    .max(4)
    .readonly()
    .default([
      { hours: 24, stepSeconds: 300 },
      { hours: 336, stepSeconds: hourSeconds },
    ]),
  seasonHours: z.array(z.number().positive()).max(4).readonly().default([24, 168]),
  confidence: z.number().min(0.9).max(0.9999).default(0.99),
  limits: z
    .strictObject({
      seriesMax: z.int().positive().max(10_000).default(500),
      patternsMax: z.int().positive().default(100),
      recommendationsMax: z.int().positive().default(50),
      keepHours: z.number().positive().default(168),
      repeatSeconds: z.number().positive().default(hourSeconds),
    })
    .prefault({}),
});

/** The options with their defaults. */
export interface AnalyticsSettings extends Required<Omit<AnalyticsOptions, 'limits'>> {
  readonly limits: Required<AnalyticsLimits>;
}

/** Checks what `createAnalytics` is given. Throws `invalid_options`. */
export function analyticsSettings(options: AnalyticsOptions): AnalyticsSettings {
  return parseOptions('createAnalytics', optionsSchema, options);
}
