/** Costs: what was spent, by what, against which budget. */
import { z } from 'zod';

import { countSchema, daySchema, moneySchema, timestampSchema, workspaceQuerySchema } from './primitives.ts';
import { defineRoutes } from './route.ts';

/** What a row of the summary stands for. */
export const costGroupingSchema = z.enum(['day', 'model', 'agent', 'run', 'campaign']);
export type CostGrouping = z.infer<typeof costGroupingSchema>;

/** The workspace's budget in its current calendar month. */
export const budgetSchema = z
  .object({
    month: z.string().regex(/^\d{4}-\d{2}$/u),
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

/** One group's share; `key` is the day, model id, agent id, run id or campaign id, null for calls that had none. */
export const costRowSchema = z
  .object({
    key: z.string().nullable(),
    label: z.string(),
    calls: countSchema,
    prompt_tokens: countSchema,
    completion_tokens: countSchema,
    cost_usd: moneySchema,
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
    prompt_tokens: countSchema,
    completion_tokens: countSchema,
    cost_usd: moneySchema,
    budget: budgetSchema,
    items: z.array(costRowSchema),
  })
  .meta({ id: 'CostSummary' });
export type CostSummary = z.infer<typeof costSummarySchema>;

/** Routes of costs. */
export const costRoutes = defineRoutes({
  summary: {
    method: 'GET',
    path: '/api/v1/costs',
    role: 'viewer',
    tag: 'costs',
    summary:
      'Sum the cost of model calls by day, model, agent, run or campaign; the current month by default.',
    query: workspaceQuerySchema.extend({
      group_by: costGroupingSchema.default('day'),
      from: daySchema.optional(),
      to: daySchema.optional(),
      limit: z.coerce.number<number | string>().int().min(1).max(1000).default(200),
    }),
    response: costSummarySchema,
  },
});
