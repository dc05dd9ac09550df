/** What a month would have cost, in the words of the wire. */
import type { Repricing as WireRepricing } from '@raptorflow/contract';
import { formatUsd, type Repricing, type UnpricedModel } from '@raptorflow/runtime';

const note =
  'Each attempt’s own token counts at the other price. Another model’s tokeniser would have counted differently, and another model would have written answers of another length.';

/** A month at other prices. */
export function repricingToWire(month: string, repricing: Repricing): WireRepricing {
  const { bookedMicroUsd, repricedMicroUsd } = repricing;
  return {
    month,
    booked_usd: formatUsd(bookedMicroUsd),
    repriced_usd: formatUsd(repricedMicroUsd),
    difference_usd: formatUsd(repricedMicroUsd - bookedMicroUsd),
    unpriced_usd: formatUsd(repricing.unpricedMicroUsd),
    is_cut: repricing.isCut,
    note,
    items: repricing.models.map((model) => ({
      provider: model.provider,
      model: model.model,
      priced_as: model.pricedAs,
      price_version: model.priceVersion,
      attempts: model.attempts,
      prompt_tokens: model.inputTokens,
      completion_tokens: model.outputTokens,
      booked_usd: formatUsd(model.bookedMicroUsd),
      repriced_usd: formatUsd(model.repricedMicroUsd),
      difference_usd: formatUsd(model.repricedMicroUsd - model.bookedMicroUsd),
    })),
    unpriced: repricing.unpriced.map((model) => ({
      provider: model.provider,
      model: model.model,
      priced_as: model.pricedAs,
      reason: model.reason,
      message: reasonOf(model),
      attempts: model.attempts,
      booked_usd: formatUsd(model.bookedMicroUsd),
    })),
  };
}

function reasonOf({ reason, pricedAs, model }: UnpricedModel): string {
  return reason === 'price_unknown'
    ? `"${pricedAs}" has no price. Add it to the price table that you give, or name another model for "${model}".`
    : 'The provider never reported what these calls used, so there is nothing to price. Uncertain ones can be reconciled.';
}
