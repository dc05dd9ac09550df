/** The model catalogue and the price table in the words of the wire. */
import type { Model, ModelAlias, ModelAliasChange } from '@raptorflow/contract';
import {
  formatUsd,
  type AliasChange,
  type DescribedAlias,
  type Lead,
  type ModelCatalog,
  type PricedModel,
  type Prices,
} from '@raptorflow/runtime';
import { toRaptorFlowError } from 'raptorflow/kernel';

/** The provider and the model that is always there. */
const offline = 'offline';

/** One alias, as it is in a workspace. */
export function aliasToWire({ alias, setting, installed, lead, fallbacks }: DescribedAlias): ModelAlias {
  return {
    alias,
    model: lead.callable ? nameOf(lead) : (setting?.model ?? installed ?? alias),
    reason: reasonOf(lead),
    own_model: setting?.model ?? null,
    installed_model: installed,
    own_fallbacks: [...(setting?.fallbacks ?? [])],
    fallbacks: fallbacks.map((one) => ({ model: one.name, reason: reasonOf(one.lead) })),
  };
}

/** What an alias shall mean. */
export function changeFromWire({ model, fallbacks }: ModelAliasChange): AliasChange {
  return { ...(model !== undefined && { model }), ...(fallbacks !== undefined && { fallbacks }) };
}

function nameOf({ provider, modelId }: Extract<Lead, { callable: true }>): string {
  return provider === offline ? offline : `${provider}:${modelId}`;
}

function reasonOf(lead: Lead): string | null {
  return lead.callable ? null : lead.error.message;
}

/**
 * The offline model, what the aliases stand for, and every model with a price, by provider and name. A model that cannot
 * be called says what to set.
 */
export function modelsToWire(
  models: ModelCatalog,
  prices: Prices,
  aliases: readonly DescribedAlias[],
  nowMs: number,
): Model[] {
  const meant = aliases.flatMap(({ lead }) => (lead.callable ? [nameOf(lead)] : []));
  const names = [offline, ...meant, ...Object.values(models.aliases()), ...prices.models()];
  const found = new Map<string, Model>();
  for (const name of names) {
    if (name === undefined) continue;
    const model = modelToWire(name, models, prices, nowMs);
    const key = `${model.provider}:${model.id}`;
    if (!found.has(key)) found.set(key, model);
  }
  return [...found.values()].toSorted(
    (a, b) =>
      Number(b.available) - Number(a.available) || compare(a.provider, b.provider) || compare(a.id, b.id),
  );
}

const compare = (a: string, b: string): number => (a < b ? -1 : a > b ? 1 : 0);

function modelToWire(name: string, models: ModelCatalog, prices: Prices, nowMs: number): Model {
  try {
    const { provider, modelId, region } = models.resolve(name);
    const base = { id: modelId, provider: provider.name };
    if (provider.name === offline) {
      return { ...base, available: true, reason: null, price: freeOfCharge };
    }
    try {
      return {
        ...base,
        available: true,
        reason: null,
        price: priceToWire(prices.priceOf(modelId, region, nowMs)),
      };
    } catch (error) {
      // Without a price nothing could be reserved, so the dispatcher refuses it; the message says how to add one.
      return { ...base, available: false, reason: toRaptorFlowError(error).message, price: null };
    }
  } catch (error) {
    const { message, details } = toRaptorFlowError(error);
    const provider = typeof details['provider'] === 'string' ? details['provider'] : 'unknown';
    return {
      id: name,
      provider,
      available: false,
      reason: message,
      price: priceIfKnown(name, prices, nowMs),
    };
  }
}

function priceIfKnown(name: string, prices: Prices, nowMs: number): Model['price'] {
  try {
    return priceToWire(prices.priceOf(name, null, nowMs));
  } catch {
    return null;
  }
}

const freeOfCharge: NonNullable<Model['price']> = {
  input_usd_per_million: formatUsd(0),
  cached_input_usd_per_million: formatUsd(0),
  cache_write_usd_per_million: formatUsd(0),
  output_usd_per_million: formatUsd(0),
  thinking_usd_per_million: formatUsd(0),
  long_context: null,
  version: offline,
  source: 'runs here',
  date: null,
};

// Pico-US-dollars a token are micro-US-dollars for a million tokens.
function priceToWire(price: PricedModel): NonNullable<Model['price']> {
  const { longContext: long } = price;
  return {
    input_usd_per_million: formatUsd(price.input),
    cached_input_usd_per_million: formatUsd(price.cachedInput),
    cache_write_usd_per_million: formatUsd(price.cacheWrite),
    output_usd_per_million: formatUsd(price.output),
    thinking_usd_per_million: formatUsd(price.thinking),
    long_context: long && {
      above_prompt_tokens: long.aboveInputTokens,
      input_usd_per_million: formatUsd(long.input),
      output_usd_per_million: formatUsd(long.output),
    },
    version: price.version,
    source: price.source,
    date: price.date,
  };
}
