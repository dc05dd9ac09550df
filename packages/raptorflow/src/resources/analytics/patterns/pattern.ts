import type { NotEnoughData } from '../profile.ts';
import type { UsageSeries } from '../usage.ts';

/** What a pattern was seen by. Growth and heights are in the units of the series. */
export type PatternEvidence =
  | {
      /** The usage rises along a line, over and above season and noise. */
      readonly kind: 'gradual_growth';
      readonly growthPerHour: number;
      /** The 95 % interval of the growth. */
      readonly growthPerHourLow: number;
      readonly growthPerHourHigh: number;
      /** Where the line is at the end of the window, season aside. */
      readonly level: number;
      /** The rise over the window as a share of the average. */
      readonly riseShare: number;
      /** The share of the movement, season aside, that the line explains. */
      readonly explained: number;
    }
  | {
      /** Short peaks at even distances. */
      readonly kind: 'periodic_spikes';
      readonly periodMs: number;
      readonly spikes: number;
      /** Spikes that lie where the period wants them. */
      readonly spikesOnTime: number;
      /** The middle one of their heights above what is around them. */
      readonly height: number;
      readonly durationMs: number;
      readonly lastAt: number;
      /** When the next one is expected. */
      readonly nextAt: number;
    }
  | {
      /** What is held rises at nearly every step and does not come back. */
      readonly kind: 'leak';
      readonly growthPerHour: number;
      /** The share of the steps that rise. */
      readonly risingShare: number;
      /** Falls back to the beginning, as after a restart. */
      readonly resets: number;
      /** What came together since the last reset. */
      readonly accumulated: number;
      /** The last sample. */
      readonly level: number;
    }
  | {
      /** Far more is there than is ever used. */
      readonly kind: 'underutilization';
      readonly average: number;
      /** The upper 95 % bound of the average. */
      readonly averageHigh: number;
      /** 95 of 100 samples are below. */
      readonly p95: number;
      /** What the usage is compared with: the capacity, or the peak where no capacity is known. */
      readonly of: number;
      readonly against: 'capacity' | 'peak';
      readonly share: number;
    }
  | {
      /** The level changed at one moment and stayed. */
      readonly kind: 'step_change';
      readonly at: number;
      readonly before: number;
      readonly after: number;
      readonly change: number;
      readonly explained: number;
    };

/** The names of the patterns. */
export type PatternKind = PatternEvidence['kind'];

/** A pattern in one series and one window. */
export interface UsagePattern {
  readonly series: UsageSeries;
  readonly resourceType: string;
  readonly windowFrom: number;
  readonly windowTo: number;
  readonly stepMs: number;
  readonly samples: number;
  /** The season that was taken out before looking; null when there was none. */
  readonly seasonMs: number | null;
  /** 1 − the chance that a series without the pattern looks like this, over all patterns that were looked for; at most 0.9999. */
  readonly confidence: number;
  readonly evidence: PatternEvidence;
}

/** A pattern that could not be decided, and what is missing. */
export interface Undecided extends NotEnoughData {
  readonly series: UsageSeries;
  readonly resourceType: string;
  readonly pattern: PatternKind;
  readonly windowFrom: number;
  readonly windowTo: number;
}

/** What one detector found: evidence and the chance of it where there is no pattern; or nothing. */
export interface Found {
  readonly evidence: PatternEvidence;
  readonly chance: number;
}
