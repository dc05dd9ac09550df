import { readFileSync } from 'node:fs';
import { seededRandom } from 'raptorflow/kernel';
import { forecastCapacity, type UsagePoint } from 'raptorflow/resources';
import { fault } from '../harness/fault.ts';
import { ours, type Findings, type Readings } from '../harness/findings.ts';
import type { BenchSettings, FigureAbout } from '../harness/question.ts';
import { runRace, type Leg } from '../harness/race.ts';
import { median } from '../harness/statistics.ts';
import { augurs, fixedHoltWinters, predictLinear, type Foretold } from './forecast-peers.ts';

/** What the forecasts are measured by. */
export const forecastFigures: Readonly<Record<string, FigureAbout>> = {
  forecast_mape: {
    about:
      '48 hours ahead of two weeks by the hour with trend, day and noise, mean absolute error, median of 20 seeds',
    target: 'at most 0.015',
  },
  forecast_ms: {
    about: 'the same: processor time, ms, the comparison of methods included',
    target: 'at most 25',
  },
  forecast_coverage: {
    about: 'the same: share of the values that the 95 % interval holds',
    target: '0.90 to 0.98',
  },
  forecast_exhaustion_error: {
    about: 'time until a limit five to six days ahead is reached, relative error, median of 20 seeds',
    target: 'at most 0.10',
  },
  forecast_real_error: {
    about:
      '48 hours ahead of four weeks of taxi passengers, absolute error by passengers, median of 14 origins',
  },
  forecast_real_ms: { about: 'the same: processor time, ms' },
  forecast_real_coverage: { about: 'the same: share of the values that the 95 % interval holds' },
};

const hourMs = 3_600_000;
const begin = Date.UTC(2026, 0, 5);
const [known, horizon] = [14 * 24, 48] as const;
const seeds = Array.from({ length: 20 }, (_, index) => index + 1);
const taxi = new URL('../../packages/raptorflow/test/fixtures/taxi-passengers/hourly.json', import.meta.url);
const taxiKnown = 28 * 24;
const taxiEvery = 48;
const workedMsMin = 100;

/** A past, and what came after it; peers are told its seasons, ours finds them. */
interface Case {
  readonly seasons: readonly number[];
  readonly past: Float64Array;
  readonly future: Float64Array;
}

type AsyncForeteller = (
  values: Float64Array,
  horizon: number,
  seasons: readonly number[],
) => Foretold | Promise<Foretold>;

/** How good forecasts of usage are, what they cost, and whether their intervals hold what they promise. */
export async function forecasts(settings: BenchSettings, findings: Findings): Promise<void> {
  const generated = seeds.map(generatedCase);
  const real = taxiCases();
  const contestants: readonly (readonly [string, AsyncForeteller])[] = [
    [ours, oursAhead],
    ['predict_linear', predictLinear],
    ['holt_winters_fixed', fixedHoltWinters],
    ['augurs', await augurs()],
  ];
  const legs = contestants.map(([who, foretell]): Leg => ({
    who,
    run: async () => ({
      ...(await measure(generated, foretell, {
        error: 'forecast_mape',
        ms: 'forecast_ms',
        coverage: 'forecast_coverage',
      })),
      ...(await measure(real, foretell, {
        error: 'forecast_real_error',
        ms: 'forecast_real_ms',
        coverage: 'forecast_real_coverage',
      })),
      ...(who === ours && { forecast_exhaustion_error: await exhaustionError() }),
    }),
  }));
  // Compiled and loaded before anything is timed.
  for (const [, foretell] of contestants)
    await foretell(generated[0]?.past ?? new Float64Array(known), horizon, [24]);
  await runRace({ title: 'Forecasts of usage', legs, rounds: settings.rounds }, findings, settings.print);
}

const oursAhead: AsyncForeteller = async (values, steps) => {
  const found = await forecastCapacity(pointsOf(values), { horizon: steps });
  if (found.status !== 'forecast') throw fault(`a forecast says ${found.status}`);
  const { points } = found;
  return {
    values: points.map(({ value }) => value),
    low: points.map(({ low }) => low),
    high: points.map(({ high }) => high),
  };
};

async function measure(
  cases: readonly Case[],
  foretell: AsyncForeteller,
  keys: { readonly error: string; readonly coverage: string; readonly ms: string },
): Promise<Readings> {
  const errors: number[] = [];
  let [inside, all] = [0, 0];
  for (const { past, future, seasons } of cases) {
    const { values, low, high } = await foretell(past, horizon, seasons);
    if (values.length !== horizon) throw fault(`${values.length} instead of ${horizon} steps were foretold`);
    let [miss, size] = [0, 0];
    for (const [step, truth] of future.entries()) {
      miss += Math.abs((values[step] ?? Number.NaN) - truth);
      size += truth;
      if (!low || !high) continue;
      all += 1;
      if (truth >= (low[step] ?? Infinity) && truth <= (high[step] ?? -Infinity)) inside += 1;
    }
    errors.push(miss / size);
  }
  return {
    [keys.error]: median(errors),
    [keys.ms]: await costOf(cases, foretell),
    ...(all > 0 && { [keys.coverage]: inside / all }),
  };
}

/** Milliseconds that the thread works for one forecast, whatever else the machine does; over so many that the clock of that is fine enough. */
async function costOf(cases: readonly Case[], foretell: AsyncForeteller): Promise<number> {
  const begun = process.threadCpuUsage();
  for (let count = 1; ; count += 1) {
    for (const { past, seasons } of cases) await foretell(past, horizon, seasons);
    const { user, system } = process.threadCpuUsage(begun);
    const workedMs = (user + system) / 1_000;
    if (workedMs >= workedMsMin) return workedMs / count / cases.length;
  }
}

/** The time until a limit is reached, against the hour in which the series without its noise reaches it. */
async function exhaustionError(): Promise<number> {
  const errors: number[] = [];
  for (const seed of seeds) {
    const draw = normal(seed);
    const truth = (hour: number): number => 300 + 0.5 * hour + 20 * Math.sin((2 * Math.PI * hour) / 24);
    const limit = 300 + 0.5 * (known + 120) + 15;
    let reached = known;
    while (truth(reached) < limit) reached += 1;
    const past = Float64Array.from({ length: known }, (_, hour) => truth(hour) + 3 * draw());
    const found = await forecastCapacity(pointsOf(past), { horizon: 14 * 24, limit });
    const remaining = found.status === 'forecast' ? (found.exhaustion?.remainingMs ?? 0) : 0;
    const expected = reached - known + 1;
    errors.push(Math.abs(remaining / hourMs - expected) / expected);
  }
  return median(errors);
}

/** A trend, a day of two waves, and noise of about 1 %. */
function generatedCase(seed: number): Case {
  const draw = normal(seed);
  const values = Float64Array.from({ length: known + horizon }, (_, hour) => {
    const angle = (2 * Math.PI * hour) / 24;
    return 200 + 0.1 * hour + 40 * Math.sin(angle) + 10 * Math.sin(2 * angle) + 2 * draw();
  });
  return { seasons: [24], past: values.slice(0, known), future: values.slice(known) };
}

function taxiCases(): readonly Case[] {
  const { hourly } = JSON.parse(readFileSync(taxi, 'utf8')) as { hourly: number[] };
  const cases: Case[] = [];
  for (let from = 0; from + taxiKnown + horizon <= hourly.length; from += taxiEvery) {
    const values = Float64Array.from(hourly.slice(from, from + taxiKnown + horizon));
    cases.push({ seasons: [24, 168], past: values.slice(0, taxiKnown), future: values.slice(taxiKnown) });
  }
  return cases;
}

function pointsOf(values: Float64Array): UsagePoint[] {
  return Array.from(values, (value, hour) => ({ at: begin + (hour + 1) * hourMs, value }));
}

function normal(seed: number): () => number {
  const random = seededRandom(seed);
  return () => Math.sqrt(-2 * Math.log(1 - random.next())) * Math.cos(2 * Math.PI * random.next());
}
