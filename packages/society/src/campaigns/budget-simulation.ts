import { invariant, seededRandom, type Random } from 'raptorflow/kernel';
import type { PlatformId } from '../guardians/index.ts';
import { channelAssumptions, type ChannelAssumption } from './channel-assumptions.ts';

/** Ten per cent, half and ninety per cent of the simulated campaigns stay below these. */
export interface Quantiles {
  readonly p10: number;
  readonly p50: number;
  readonly p90: number;
}

/** One channel's part of the budget. */
export interface BudgetLine {
  readonly channel: PlatformId;
  /** Whole US dollars; the lines add up to the budget. */
  readonly usd: number;
  readonly share: number;
  readonly responses: Quantiles;
}

/** A simulated budget with everything needed to repeat it. */
export interface BudgetPlan {
  readonly totalUsd: number;
  readonly weeks: number;
  readonly seed: number;
  readonly runs: number;
  readonly lines: readonly BudgetLine[];
  readonly responses: Quantiles;
  /** Share of the simulated campaigns in which this split brings at least as many responses as equal parts. */
  readonly atLeastEqualSplit: number;
  readonly assumptions: readonly ChannelAssumption[];
  readonly method: string;
}

/** How the simulation runs. */
export interface SimulationOptions {
  readonly budgetUsd: number;
  readonly channels: readonly PlatformId[];
  readonly weeks: number;
  readonly seed: number;
  /** Simulated campaigns; default 10,000. */
  readonly runs?: number | undefined;
}

const runsDefault = 10_000;
const searchRuns = 1_000;
const steps = 20;
const shareMax = 0.4;
const marketSigma = 0.25;

const method = [
  'Each simulated campaign draws, for every channel, a price per visit, a share of visits that respond and a weekly reach from the',
  'distributions in the table, and one factor for the whole market. Visits saturate: the nearer a channel comes to its reach, the dearer',
  `the next visit. The budget is given out in ${steps} equal steps: one to every channel of the brief, the others each to the channel where`,
  `they add most on average, no channel above ${shareMax * 100} %; the result is then judged on fresh draws.`,
].join(' ');

/** A standard normal draw (G. Box, M. Muller, 1958). */
function normal(random: Random): number {
  const radius = Math.sqrt(-2 * Math.log(1 - random.next()));
  return radius * Math.cos(2 * Math.PI * random.next());
}

const logNormal = (random: Random, median: number, sigma: number): number =>
  median * Math.exp(sigma * normal(random));

/** A gamma draw with scale 1 (G. Marsaglia, W. Tsang, 2000). */
function gamma(random: Random, shape: number): number {
  if (shape < 1) return gamma(random, shape + 1) * (1 - random.next()) ** (1 / shape);
  const d = shape - 1 / 3;
  const c = 1 / Math.sqrt(9 * d);
  for (;;) {
    const x = normal(random);
    const v = (1 + c * x) ** 3;
    if (v > 0 && Math.log(1 - random.next()) < 0.5 * x * x + d - d * v + d * Math.log(v)) return d * v;
  }
}

function beta(random: Random, alpha: number, bet: number): number {
  const a = gamma(random, alpha);
  return a / (a + gamma(random, bet));
}

/** One simulated campaign: for each channel what its money brings. */
interface Scenario {
  readonly market: number;
  readonly channels: readonly {
    readonly costUsd: number;
    readonly response: number;
    readonly reach: number;
  }[];
}

function drawScenario(random: Random, assumptions: readonly ChannelAssumption[], weeks: number): Scenario {
  return {
    market: logNormal(random, 1, marketSigma),
    channels: assumptions.map((assumption) => ({
      costUsd: logNormal(random, assumption.costPerVisit.medianUsd, assumption.costPerVisit.sigma),
      response: beta(random, assumption.response.alpha, assumption.response.beta),
      reach: logNormal(random, assumption.weeklyReach.median * weeks, assumption.weeklyReach.sigma),
    })),
  };
}

function responsesOf(scenario: Scenario, channel: number, usd: number): number {
  const facts = scenario.channels[channel];
  invariant(facts !== undefined, 'a scenario has every channel');
  const visits = facts.reach * (1 - Math.exp(-usd / facts.costUsd / facts.reach));
  return scenario.market * visits * facts.response;
}

const meanOf = (scenarios: readonly Scenario[], channel: number, usd: number): number =>
  scenarios.reduce((sum, scenario) => sum + responsesOf(scenario, channel, usd), 0) / scenarios.length;

/** Gives out the budget step by step, each to the channel where it adds most. */
function allocate(scenarios: readonly Scenario[], channels: number, budgetUsd: number): readonly number[] {
  const cap = Math.max(shareMax, 1 / channels) * budgetUsd + 1e-9;
  const step = budgetUsd / steps;
  // The brief wants every channel it names, so each begins with one step.
  const begun = Math.min(channels, steps);
  const spent = Array.from({ length: channels }, (_, channel) => (channel < begun ? step : 0));
  const reached = spent.map((usd, channel) => meanOf(scenarios, channel, usd));
  const next = spent.map((usd, channel) => meanOf(scenarios, channel, usd + step));
  for (let round = begun; round < steps; round += 1) {
    let best = -1;
    for (let channel = 0; channel < channels; channel += 1) {
      if ((spent[channel] ?? 0) + step > cap) continue;
      const gain = (next[channel] ?? 0) - (reached[channel] ?? 0);
      if (best < 0 || gain > (next[best] ?? 0) - (reached[best] ?? 0)) best = channel;
    }
    if (best < 0) break;
    spent[best] = (spent[best] ?? 0) + step;
    reached[best] = next[best] ?? 0;
    next[best] = meanOf(scenarios, best, (spent[best] ?? 0) + step);
  }
  // The cap can leave a rest when there are few channels; it is spread evenly.
  const rest = (budgetUsd - spent.reduce((sum, usd) => sum + usd, 0)) / channels;
  return spent.map((usd) => usd + rest);
}

/** Whole dollars that add up to the budget: the largest remainders are rounded up. */
export function wholeDollars(amounts: readonly number[], totalUsd: number): readonly number[] {
  const floors = amounts.map((amount) => Math.floor(amount));
  let left = Math.round(totalUsd) - floors.reduce((sum, usd) => sum + usd, 0);
  const order = amounts
    .map((amount, index) => ({ index, remainder: amount - Math.floor(amount) }))
    .toSorted((a, b) => b.remainder - a.remainder || a.index - b.index);
  for (const { index } of order) {
    if (left <= 0) break;
    floors[index] = (floors[index] ?? 0) + 1;
    left -= 1;
  }
  return floors;
}

function quantiles(values: readonly number[]): Quantiles {
  const sorted = values.toSorted((a, b) => a - b);
  const at = (q: number): number => Math.round(sorted[Math.floor(q * (sorted.length - 1))] ?? 0);
  return { p10: at(0.1), p50: at(0.5), p90: at(0.9) };
}

/** Splits a budget by simulation. The same options always give the same plan. Undefined without money or channels. */
export function simulateBudget(options: SimulationOptions): BudgetPlan | undefined {
  const assumptions = options.channels.flatMap(
    (channel) => channelAssumptions.find((assumption) => assumption.channel === channel) ?? [],
  );
  if (!(options.budgetUsd >= 1) || assumptions.length === 0) return undefined;
  const runs = options.runs ?? runsDefault;
  const random = seededRandom(options.seed);
  const search = Array.from({ length: searchRuns }, () => drawScenario(random, assumptions, options.weeks));
  // Never more than there is.
  const totalUsd = Math.floor(options.budgetUsd);
  const split = wholeDollars(allocate(search, assumptions.length, totalUsd), totalUsd);
  const equal = totalUsd / assumptions.length;
  const perChannel = assumptions.map(() => Array.from({ length: runs }, () => 0));
  const totals: number[] = [];
  let atLeast = 0;
  for (let run = 0; run < runs; run += 1) {
    const scenario = drawScenario(random, assumptions, options.weeks);
    let total = 0;
    let totalEqual = 0;
    for (const [channel, values] of perChannel.entries()) {
      const responses = responsesOf(scenario, channel, split[channel] ?? 0);
      values[run] = responses;
      total += responses;
      totalEqual += responsesOf(scenario, channel, equal);
    }
    totals.push(total);
    if (total >= totalEqual) atLeast += 1;
  }
  return {
    totalUsd,
    weeks: options.weeks,
    seed: options.seed,
    runs,
    lines: assumptions.map((assumption, channel) => ({
      channel: assumption.channel,
      usd: split[channel] ?? 0,
      share: Math.round(((split[channel] ?? 0) / totalUsd) * 1_000) / 1_000,
      responses: quantiles(perChannel[channel] ?? []),
    })),
    responses: quantiles(totals),
    atLeastEqualSplit: Math.round((atLeast / runs) * 1_000) / 1_000,
    assumptions,
    method,
  };
}

/** A seed that the same text always gives (FNV-1a, 32 bits). */
export function seedOf(text: string): number {
  let hash = 0x811c9dc5;
  for (let index = 0; index < text.length; index += 1) {
    hash = Math.imul(hash ^ text.charCodeAt(index), 0x01000193) >>> 0;
  }
  return hash;
}
