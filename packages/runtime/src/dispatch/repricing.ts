/** What a past month would have cost: the usage that providers reported, at other prices or on other models. */
import type { CostLine, Costs } from '../ledger/index.ts';
import type { ModelCatalog } from '../models/catalog.ts';
import { costOf } from './cost.ts';
import {
  createPrices,
  type PricedModel,
  type PriceOverrides,
  type Prices,
  keptAnswerPrice,
} from './price-table.ts';

/** What is changed; without anything, the month is priced at today's table. */
export interface WhatIf {
  /** The month as the workspace's calendar has it: `2026-11`. */
  readonly month: string;
  /** Prices that go before the installation's. */
  readonly prices?: PriceOverrides;
  /** Another model for each model id: an id, `<provider>:<id>` or an alias. */
  readonly models?: Readonly<Record<string, string>>;
}

/** The attempts of one model, as they were booked and as they would have been. */
export interface RepricedModel {
  readonly provider: string;
  readonly model: string;
  /** The model whose price was used. */
  readonly pricedAs: string;
  readonly priceVersion: string;
  readonly attempts: number;
  readonly inputTokens: number;
  readonly outputTokens: number;
  readonly bookedMicroUsd: number;
  readonly repricedMicroUsd: number;
}

/** Attempts that have no other price, and why. */
export interface UnpricedModel {
  readonly provider: string;
  readonly model: string;
  readonly pricedAs: string;
  /** `usage_unknown`: the provider never told the usage, so there is nothing to price. */
  readonly reason: 'price_unknown' | 'usage_unknown';
  readonly attempts: number;
  readonly bookedMicroUsd: number;
}

/** A month at other prices. Both parts are dearest first. */
export interface Repricing {
  readonly models: readonly RepricedModel[];
  readonly unpriced: readonly UnpricedModel[];
  /** Of what could be priced, as it was booked. */
  readonly bookedMicroUsd: number;
  readonly repricedMicroUsd: number;
  /** Of what could not. */
  readonly unpricedMicroUsd: number;
  /** True when the month has more lines than are read (1,000,000); the oldest are priced. */
  readonly isCut: boolean;
}

/** What it works with. */
export interface RepricingDeps {
  readonly costs: Pick<Costs, 'scan'>;
  readonly models: Pick<ModelCatalog, 'resolve'>;
  readonly prices: Prices;
}

const linesMax = 1_000_000;
const offline = 'offline';

/**
 * Prices a month again, attempt by attempt, each rounded up once as the ledger does. The token counts are those that were billed: another
 * model's tokeniser would have counted differently, and this does not guess by how much. Prices are those of the day of each call; where
 * the given table has none for that day, its last. Throws `invalid_options` naming what the given prices have wrong.
 */
export async function repriceMonth(
  workspaceId: string,
  whatIf: WhatIf,
  deps: RepricingDeps,
): Promise<Repricing> {
  const pricer = createPricer(whatIf, deps);
  const models = new Map<string, Tally>();
  const unpriced = new Map<string, Tally>();
  let lines = 0;
  let waiting: CostLine[] = [];
  const flush = (): void => {
    const [first] = waiting;
    if (first !== undefined) book(waiting, first, pricer, { models, unpriced });
    waiting = [];
  };
  for await (const portion of deps.costs.scan(workspaceId, { period: whatIf.month }, linesMax)) {
    lines += portion.length;
    for (const line of portion) {
      const [first] = waiting;
      if (first && (first.callId !== line.callId || first.attempt !== line.attempt)) flush();
      waiting.push(line);
    }
  }
  flush();
  return summed([...models.values()], [...unpriced.values()], lines >= linesMax);
}

interface Tally {
  readonly provider: string;
  readonly model: string;
  readonly pricedAs: string;
  readonly priceVersion: string;
  readonly reason: UnpricedModel['reason'];
  attempts: number;
  inputTokens: number;
  outputTokens: number;
  bookedMicroUsd: number;
  repricedMicroUsd: number;
}

type Priced = { readonly pricedAs: string; readonly price: PricedModel | 'free' | undefined };

function createPricer(whatIf: WhatIf, { models, prices }: RepricingDeps): (line: CostLine) => Priced {
  // A table of nothing but what was given, so that its models can be told from the installation's.
  const own =
    whatIf.prices && createPrices(whatIf.prices, { version: 'what-if', date: '', sources: [], models: [] });
  const ownModels = new Set(own?.models());
  const targets = new Map<string, { provider: string; modelId: string; region: string | null }>();
  const targetOf = (line: CostLine) => {
    const key = `${line.provider}:${line.model}`;
    const known = targets.get(key);
    if (known) return known;
    const other = whatIf.models?.[line.model];
    const name = other ?? key;
    const found = resolveAnyway(name, models);
    targets.set(key, found);
    return found;
  };
  return (line) => {
    const { provider, modelId, region } = targetOf(line);
    if (provider === offline) return { pricedAs: modelId, price: 'free' };
    const atMs = Date.parse(line.createdAt);
    const price =
      own && ownModels.has(modelId)
        ? (priceIfKnown(own, modelId, region, atMs) ?? priceIfKnown(own, modelId, region, endOfTimeMs))
        : priceIfKnown(prices, modelId, region, atMs);
    return { pricedAs: modelId, price };
  };
}

const endOfTimeMs = 8_640_000_000_000_000;

// A model whose provider is not configured here has a price all the same.
function resolveAnyway(
  name: string,
  models: Pick<ModelCatalog, 'resolve'>,
): { provider: string; modelId: string; region: string | null } {
  try {
    const { provider, modelId, region } = models.resolve(name);
    return { provider: provider.name, modelId, region };
  } catch {
    const [, provider = '', id = name] = /^([a-z]+):(.+)$/u.exec(name) ?? [];
    return { provider, modelId: id, region: null };
  }
}

function priceIfKnown(
  prices: Prices,
  modelId: string,
  region: string | null,
  atMs: number,
): PricedModel | undefined {
  try {
    return prices.priceOf(modelId, region, atMs);
  } catch {
    return undefined;
  }
}

/** Books one attempt: its line, and the correction that it may have. */
function book(
  lines: readonly CostLine[],
  first: CostLine,
  pricer: (line: CostLine) => Priced,
  into: { readonly models: Map<string, Tally>; readonly unpriced: Map<string, Tally> },
): void {
  const last = lines.at(-1) ?? first;
  const bookedMicroUsd = lines.reduce((sum, line) => sum + line.costMicroUsd, 0);
  const { pricedAs, price } = pricer(first);
  // What failed, or was answered by a kept answer, costs nothing at any price.
  const costsNothing = last.status === 'failed' || last.priceVersion === keptAnswerPrice;
  const knowsUsage = costsNothing || last.inputTokens + last.outputTokens > 0;
  const isPriced = knowsUsage && price !== undefined;
  const priceVersion = price === undefined ? '' : price === 'free' ? offline : price.version;
  const reason = price === undefined ? 'price_unknown' : 'usage_unknown';
  const tally = tallyIn(isPriced ? into.models : into.unpriced, {
    provider: first.provider,
    model: first.model,
    pricedAs,
    priceVersion: isPriced ? priceVersion : '',
    reason,
  });
  tally.attempts += 1;
  tally.bookedMicroUsd += bookedMicroUsd;
  if (!isPriced) return;
  tally.inputTokens += last.inputTokens;
  tally.outputTokens += last.outputTokens;
  tally.repricedMicroUsd += price === 'free' || costsNothing ? 0 : costOf(last, price);
}

function tallyIn(
  tallies: Map<string, Tally>,
  of: Pick<Tally, 'provider' | 'model' | 'pricedAs' | 'priceVersion' | 'reason'>,
): Tally {
  const key = [of.provider, of.model, of.pricedAs, of.priceVersion, of.reason].join('\n');
  const known = tallies.get(key);
  if (known) return known;
  const fresh = {
    ...of,
    attempts: 0,
    inputTokens: 0,
    outputTokens: 0,
    bookedMicroUsd: 0,
    repricedMicroUsd: 0,
  };
  tallies.set(key, fresh);
  return fresh;
}

function summed(models: readonly Tally[], unpriced: readonly Tally[], isCut: boolean): Repricing {
  const sum = (tallies: readonly Tally[], of: 'bookedMicroUsd' | 'repricedMicroUsd'): number =>
    tallies.reduce((total, tally) => total + tally[of], 0);
  const dearest = (a: Tally, b: Tally): number =>
    b.bookedMicroUsd - a.bookedMicroUsd || b.repricedMicroUsd - a.repricedMicroUsd;
  return {
    models: models.toSorted(dearest),
    unpriced: unpriced.toSorted(dearest),
    bookedMicroUsd: sum(models, 'bookedMicroUsd'),
    repricedMicroUsd: sum(models, 'repricedMicroUsd'),
    unpricedMicroUsd: sum(unpriced, 'bookedMicroUsd'),
    isCut,
  };
}
