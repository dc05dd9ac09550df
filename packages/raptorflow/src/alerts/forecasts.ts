import { isRaptorFlowError, RaptorFlowError } from '../kernel/index.ts';
import { keyOfTags } from './instance.ts';
import type { Bands, Reader, Window } from './reader.ts';
import type { AnomalyRule } from './rule.ts';
import { selectionTags } from './rule-runtime.ts';
import type { Forecast, ForecastOptions, ForecastPoint, PastPoint } from './source.ts';

interface Foretold {
  readonly learnedTo: number;
  readonly bySeries: ReadonlyMap<string, readonly ForecastPoint[]>;
}

const msOfASecond = 1_000;
/** A forecast holds for this share of its season; then it is made anew. */
const seasonShare = 24;

/** The forecasts of one anomaly rule, kept until they grow old. */
export class Forecasts {
  readonly #rule: AnomalyRule;
  readonly #forecast: Forecast | undefined;
  readonly #window: Window;
  readonly #steps: number;
  #held: Foretold | undefined;

  constructor(rule: AnomalyRule, forecast: Forecast | undefined) {
    this.#rule = rule;
    this.#forecast = forecast;
    this.#window = {
      metric: rule.metric,
      tags: selectionTags(rule),
      aggregation: rule.aggregation,
      windowMs: rule.windowSeconds * msOfASecond,
    };
    this.#steps = Math.max(1, Math.round(rule.anomaly.seasonSeconds / seasonShare / rule.windowSeconds));
  }

  /** What is expected at `at`. Throws `unavailable` where nobody foretells. */
  async bandsAt(reader: Reader, at: number): Promise<Bands> {
    const { windowMs } = this.#window;
    const heldMs = this.#steps * windowMs;
    if (!this.#held || at > this.#held.learnedTo + heldMs || at <= this.#held.learnedTo) {
      // What is judged must not be among what is learned from.
      this.#held = await this.#foretell(reader, (Math.ceil(at / windowMs) - 1) * windowMs);
    }
    const { bySeries } = this.#held;
    return (tags) => {
      const points = bySeries.get(keyOfTags(tags));
      // The point whose window the moment falls into: points stand at the ends of their windows.
      return points?.find((point) => point.at >= at) ?? points?.at(-1) ?? null;
    };
  }

  async #foretell(reader: Reader, learnedTo: number): Promise<Foretold> {
    const forecast = this.#forecast;
    if (!forecast) {
      throw new RaptorFlowError(
        'unavailable',
        `The rule ${this.#rule.name} needs a forecast, and there is none; pass deps.forecast to createAlerts.`,
        { retryable: false },
      );
    }
    const { pastSeconds, seasonSeconds, confidence } = this.#rule.anomaly;
    const from = learnedTo - pastSeconds * msOfASecond;
    const found = await reader.past(this.#window, from, learnedTo);
    const options = {
      seasonMs: seasonSeconds * msOfASecond,
      horizon: this.#steps,
      coverage: confidence,
    };
    return {
      learnedTo,
      bySeries: new Map(
        found.map(({ tags, points }) => [keyOfTags(tags), foretell(forecast, points, options)]),
      ),
    };
  }
}

// Of a series that is too young nothing is expected.
function foretell(
  forecast: Forecast,
  points: readonly PastPoint[],
  options: ForecastOptions,
): readonly ForecastPoint[] {
  try {
    return forecast(points, options).points;
  } catch (error) {
    if (isRaptorFlowError(error, 'invalid_input')) return [];
    throw error;
  }
}
