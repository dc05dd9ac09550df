/** Costs: what was spent, by what, against which budget. */
import { z } from 'zod';

import {
  countSchema,
  daySchema,
  identifierSchema,
  jsonObjectSchema,
  millisecondsSchema,
  moneySchema,
  monthSchema,
  signedMoneySchema,
  timestampSchema,
} from './primitives.ts';

/** What a row of the summary stands for. */
export const costGroupingSchema = z.enum(['day', 'model', 'provider', 'guild', 'agent', 'run', 'campaign']);
export type CostGrouping = z.infer<typeof costGroupingSchema>;

/** The workspace's budget in its current calendar month. */
export const budgetSchema = z
  .object({
    month: monthSchema,
    time_zone: z.string(),
    cap_usd: moneySchema,
    spent_usd: moneySchema,
    reserved_usd: moneySchema.meta({ description: 'Held for calls that are under way.' }),
    uncertain_usd: moneySchema.meta({
      description: 'Charged in full for calls whose cost nobody knows, until they are reconciled.',
    }),
    remaining_usd: moneySchema,
    resets_at: timestampSchema,
  })
  .meta({ id: 'Budget' });
export type Budget = z.infer<typeof budgetSchema>;

const shares = {
  cost_usd: signedMoneySchema.meta({
    description: 'Everything booked. A correction counts on the day it was made, so a day can be below zero.',
  }),
  uncertain_usd: moneySchema.meta({
    description: 'The part of it that nobody knows: calls charged at their hold until they are reconciled.',
  }),
  estimated_usd: moneySchema.meta({
    description: 'The part of it that is a bound, because the provider told no usage.',
  }),
};

/** One group's share; `key` is the day, model, provider, guild, agent id, run id or campaign id, null for calls that had none. */
export const costRowSchema = z
  .object({
    key: z.string().nullable(),
    label: z.string(),
    calls: countSchema,
    attempts: countSchema,
    prompt_tokens: countSchema,
    completion_tokens: countSchema,
    ...shares,
  })
  .meta({ id: 'CostRow' });
export type CostRow = z.infer<typeof costRowSchema>;

/** Days are those of the workspace's time zone, both ends included. */
export const costSummarySchema = z
  .object({
    group_by: costGroupingSchema,
    from: daySchema,
    to: daySchema,
    time_zone: z.string(),
    calls: countSchema,
    attempts: countSchema,
    prompt_tokens: countSchema,
    completion_tokens: countSchema,
    ...shares,
    budget: budgetSchema,
    items: z.array(costRowSchema),
  })
  .meta({ id: 'CostSummary' });
export type CostSummary = z.infer<typeof costSummarySchema>;

/** One attempt as it was booked, with the provider's own usage beside our figures. */
export const costLineSchema = z
  .object({
    call_id: identifierSchema,
    attempt: countSchema,
    revision: countSchema.meta({
      description: '1 for the line that carries the difference when an uncertain cost became known, else 0.',
    }),
    month: z.string(),
    day: daySchema,
    provider: z.string(),
    requested_model: z.string().nullable(),
    model: z.string(),
    guild: z.string().nullable(),
    agent_id: z.string().nullable(),
    agent_run_id: z.string().nullable(),
    campaign_id: z.string().nullable(),
    budget_id: z.string().nullable(),
    correlation_id: z.string().nullable(),
    status: z.enum(['completed', 'failed', 'uncertain']),
    prompt_tokens: countSchema,
    cached_prompt_tokens: countSchema,
    cache_write_tokens: countSchema,
    completion_tokens: countSchema,
    reasoning_tokens: countSchema,
    cost_usd: signedMoneySchema,
    estimated: z.boolean(),
    price_version: z.string(),
    raw_usage: jsonObjectSchema.nullable().meta({ description: "The provider's own usage, unchanged." }),
    streamed: z.boolean(),
    latency_ms: millisecondsSchema,
    error_code: z.string().nullable(),
    created_at: timestampSchema,
  })
  .meta({ id: 'CostLine' });
export type CostLine = z.infer<typeof costLineSchema>;

/** States of money that is set aside and not settled. */
export const holdStateSchema = z.enum(['reserved', 'dispatched', 'uncertain']);

/** Money set aside for an attempt that nobody has settled. */
export const holdSchema = z
  .object({
    call_id: identifierSchema,
    attempt: countSchema,
    state: holdStateSchema.meta({
      description:
        'reserved: the request has not left. dispatched: it may have. uncertain: nobody knows what it cost, and it stays charged in full until somebody reconciles it.',
    }),
    month: z.string(),
    held_usd: moneySchema,
    provider: z.string().nullable(),
    model: z.string().nullable(),
    agent_id: z.string().nullable(),
    agent_run_id: z.string().nullable(),
    campaign_id: z.string().nullable(),
    correlation_id: z.string().nullable(),
    created_at: timestampSchema,
  })
  .meta({ id: 'Hold' });
export type Hold = z.infer<typeof holdSchema>;

/** What became of a hold that was reconciled. */
export const reconciliationSchema = z
  .object({
    call_id: identifierSchema,
    attempt: countSchema,
    cost_usd: moneySchema,
    held_usd: moneySchema,
    given_back_usd: moneySchema,
    message: z.string(),
  })
  .meta({ id: 'Reconciliation' });
export type Reconciliation = z.infer<typeof reconciliationSchema>;

/** A month at other prices: each attempt's reported usage, priced again. */
export const repricingSchema = z
  .object({
    month: monthSchema,
    booked_usd: moneySchema.meta({ description: 'As it was booked, of what could be priced.' }),
    repriced_usd: moneySchema,
    difference_usd: signedMoneySchema,
    unpriced_usd: moneySchema.meta({ description: 'Booked for what could not be priced; not compared.' }),
    is_cut: z.boolean().meta({ description: 'True when the month has more lines than are read.' }),
    note: z.string(),
    items: z.array(
      z.object({
        provider: z.string(),
        model: z.string(),
        priced_as: z.string(),
        price_version: z.string(),
        attempts: countSchema,
        prompt_tokens: countSchema,
        completion_tokens: countSchema,
        booked_usd: moneySchema,
        repriced_usd: moneySchema,
        difference_usd: signedMoneySchema,
      }),
    ),
    unpriced: z.array(
      z.object({
        provider: z.string(),
        model: z.string(),
        priced_as: z.string(),
        reason: z.enum(['price_unknown', 'usage_unknown']),
        message: z.string(),
        attempts: countSchema,
        booked_usd: moneySchema,
      }),
    ),
  })
  .meta({ id: 'Repricing' });
export type Repricing = z.infer<typeof repricingSchema>;
