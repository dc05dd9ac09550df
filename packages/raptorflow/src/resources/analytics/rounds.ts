import { maskSecrets, type Clock, type Logger } from '../../kernel/index.ts';
import type { Meter } from '../../metrics/index.ts';
import type { AdviceBook } from './advice/advice-book.ts';
import { adviceOnAll, adviceOnProfile } from './advice/advise.ts';
import type { Advice } from './advice/recommendation.ts';
import type { AnalyticsReport, KeptPattern } from './analytics.ts';
import { turn } from './event-loop.ts';
import { FindingBook } from './finding-book.ts';
import type { AnalyticsSettings, AnalyticsWindow } from './options.ts';
import { detectPatterns } from './patterns/detect.ts';
import type { Undecided, UsagePattern } from './patterns/pattern.ts';
import { profileOf, type UsageProfile } from './profile.ts';
import type { UsageRange, UsageReading, UsageSeries, UsageSource } from './usage.ts';
import { windowOf } from './window.ts';

/** What rounds need. */
export interface RoundsDeps {
  readonly source: UsageSource;
  readonly clock: Clock;
  readonly log: Logger;
  readonly meter: Meter;
}

const msOfASecond = 1_000;
const hourMs = 3_600_000;

/** Rounds of the analysis, one at a time, and what the last one found. */
export class Rounds {
  readonly #settings: AnalyticsSettings;
  readonly #advice: AdviceBook;
  readonly #deps: RoundsDeps;
  readonly #patterns: FindingBook<UsagePattern>;
  readonly #meters: {
    readonly rounds: ReturnType<Meter['counter']>;
    readonly time: ReturnType<Meter['timer']>;
  };
  #profiles: readonly UsageProfile[] = [];
  #undecided: readonly Undecided[] = [];
  #running: Promise<AnalyticsReport> | undefined;
  #isEnded = false;
  #state = {
    rounds: 0,
    roundsFailed: 0,
    lastFailure: null as string | null,
    lastRoundAt: null as number | null,
    lastRoundMs: null as number | null,
    series: 0,
    seriesLeftOut: 0,
  };

  constructor(settings: AnalyticsSettings, advice: AdviceBook, deps: RoundsDeps) {
    this.#settings = settings;
    this.#advice = advice;
    this.#deps = deps;
    const { limits } = settings;
    this.#patterns = new FindingBook<UsagePattern>(
      {
        entriesMax: limits.patternsMax,
        keepMs: limits.keepHours * hourMs,
        repeatMs: repeatMsOf(settings),
      },
      ({ confidence }) => confidence,
    );
    this.#meters = {
      rounds: deps.meter.counter({
        name: 'usage_analysis_rounds',
        description: 'Rounds of the analysis of usage, by outcome.',
        category: 'resource',
        unit: 'rounds',
      }),
      time: deps.meter.timer({
        name: 'usage_analysis_round_ms',
        description: 'How long a round of the analysis of usage takes.',
        category: 'resource',
      }),
    };
  }

  get profiles(): readonly UsageProfile[] {
    return this.#profiles;
  }

  get undecided(): readonly Undecided[] {
    return this.#undecided;
  }

  patterns(): readonly KeptPattern[] {
    return this.#patterns
      .list(this.#deps.clock.now())
      .map(({ content, createdAt, seenAt }) => ({ ...content, firstSeenAt: createdAt, seenAt }));
  }

  report(): AnalyticsReport {
    return {
      ...this.#state,
      patternsRefused: this.#patterns.refused,
      recommendationsRefused: this.#advice.refused,
    };
  }

  run(): Promise<AnalyticsReport> {
    this.#running ??= this.#measured().finally(() => {
      this.#running = undefined;
    });
    return this.#running;
  }

  /** Lets the round under way end early, and waits for that. */
  async end(): Promise<void> {
    this.#isEnded = true;
    await this.#running?.catch(() => undefined);
  }

  async #measured(): Promise<AnalyticsReport> {
    const { clock, log } = this.#deps;
    const begunAt = clock.monotonic();
    try {
      await this.#round(clock.now());
      this.#state.lastFailure = null;
      this.#meters.rounds.with({ outcome: 'done' }).add(1);
    } catch (error) {
      this.#state.roundsFailed += 1;
      this.#state.lastFailure = maskSecrets(error instanceof Error ? error.message : String(error));
      this.#meters.rounds.with({ outcome: 'failed' }).add(1);
      log.warn('A round of the analysis of usage failed.', { error });
      throw error;
    } finally {
      const tookMs = clock.monotonic() - begunAt;
      this.#meters.time.record(tookMs);
      this.#state = {
        ...this.#state,
        rounds: this.#state.rounds + 1,
        lastRoundAt: clock.now(),
        lastRoundMs: tookMs,
      };
    }
    return this.report();
  }

  async #round(now: number): Promise<void> {
    const profiles: UsageProfile[] = [];
    const undecided: Undecided[] = [];
    const advised = new Map<string, { series: UsageSeries; advice: Advice }>();
    const advise = (series: UsageSeries, advice: Advice | null): void => {
      if (advice) advised.set(JSON.stringify([series.id, advice.type, advice.basis]), { series, advice });
    };
    let [series, leftOut] = [0, 0];
    // From short to long, so that of two windows that show the same the longer one is advised from.
    for (const window of this.#settings.windows.toSorted((a, b) => a.hours - b.hours)) {
      const range = rangeOf(window, now);
      const readings = await this.#deps.source.read(range);
      const taken = readings.slice(0, this.#settings.limits.seriesMax);
      series = Math.max(series, taken.length);
      leftOut = Math.max(leftOut, readings.length - taken.length);
      for (const reading of taken) {
        const profile = this.#look(reading, range, undecided, advise, now);
        profiles.push(profile);
        // One series takes a millisecond or two; the event loop gets its turn after each.
        await turn();
        if (this.#isEnded) return;
      }
    }
    for (const each of advised.values()) this.#advice.note(each.series, each.advice);
    this.#profiles = profiles;
    this.#undecided = undecided;
    this.#state = { ...this.#state, series, seriesLeftOut: leftOut };
    if (leftOut > 0) {
      this.#deps.log.warn('There are more series than the analysis of usage takes; raise limits.seriesMax.', {
        series,
        leftOut,
      });
    }
  }

  #look(
    { series, points }: UsageReading,
    range: UsageRange,
    undecided: Undecided[],
    advise: (series: UsageSeries, advice: Advice | null) => void,
    now: number,
  ): UsageProfile {
    const { confidence, seasonHours } = this.#settings;
    const window = windowOf(points, range);
    const profile = profileOf(series, window);
    const found = detectPatterns(series, window, {
      confidence,
      seasonsMs: seasonHours.map((hours) => hours * hourMs),
    });
    undecided.push(...found.undecided);
    for (const pattern of found.patterns) {
      const key = JSON.stringify([series.id, pattern.evidence.kind, profile.windowHours]);
      this.#patterns.note(key, pattern, now);
    }
    for (const each of adviceOnAll(found.patterns)) advise(series, each);
    // What a pattern explains needs no second advice.
    if (found.patterns.length === 0) advise(series, adviceOnProfile(profile));
    return profile;
  }
}

/** The whole steps of a window that have ended by now. */
export function rangeOf({ hours, stepSeconds }: AnalyticsWindow, now: number): UsageRange {
  const stepMs = stepSeconds * msOfASecond;
  const to = Math.floor(now / stepMs) * stepMs;
  return { from: to - hours * hourMs, to, stepMs };
}

/** What is seen in every round is one finding, also where rounds are farther apart than the time of repetition. */
export function repeatMsOf({ intervalSeconds, limits }: AnalyticsSettings): number {
  return Math.max(limits.repeatSeconds, 2 * intervalSeconds) * msOfASecond;
}
