/** Budgets: caps of a workspace and of everything in it that spends. */
import { z } from 'zod';

import { budgetSchema } from './cost.ts';
import { moneySchema, timestampSchema, workspaceQuerySchema } from './primitives.ts';
import { defineRoutes } from './route.ts';

/** Levels below the workspace. A call is charged to every level that it belongs to, all together or not at all. */
export const budgetLevelSchema = z.enum(['guild', 'agent', 'campaign', 'run', 'budget']);
export type BudgetLevel = z.infer<typeof budgetLevelSchema>;

/** One budget below the workspace's. */
export const subBudgetSchema = z
  .object({
    level: budgetLevelSchema,
    subject: z
      .string()
      .meta({ description: 'The guild’s name, or the id of the agent, campaign, run or budget.' }),
    label: z.string(),
    period: z.string().meta({
      description: 'The month, for guilds and agents; "lifetime" for campaigns, runs and budgets.',
    }),
    cap_usd: moneySchema.nullable().meta({ description: 'Null where nobody set one.' }),
    spent_usd: moneySchema,
    reserved_usd: moneySchema,
    uncertain_usd: moneySchema,
    remaining_usd: moneySchema.nullable().meta({ description: 'Null without a cap.' }),
    resets_at: timestampSchema.nullable(),
  })
  .meta({ id: 'SubBudget' });
export type SubBudget = z.infer<typeof subBudgetSchema>;

/** A new cap, or null to take it away. */
export const capChangeSchema = z.strictObject({ cap_usd: moneySchema.nullable() });

/** Routes under `/api/v1/budgets`. */
export const budgetRoutes = defineRoutes({
  list: {
    method: 'GET',
    path: '/api/v1/budgets',
    role: 'viewer',
    tag: 'budgets',
    summary:
      'Show the workspace’s month and every budget in it that has a cap or was charged: those with a cap first, then the dearest.',
    query: workspaceQuerySchema.extend({
      level: budgetLevelSchema.optional(),
      limit: z.coerce.number<number | string>().int().min(1).max(1000).default(200),
    }),
    response: z.object({ workspace: budgetSchema, items: z.array(subBudgetSchema) }),
  },
  set: {
    method: 'PUT',
    path: '/api/v1/budgets/:level/:subject',
    role: 'admin',
    tag: 'budgets',
    summary:
      'Cap what a guild, agent, campaign, run or chain of events may spend, or take the cap away with null. It holds from the next call on.',
    params: z.strictObject({ level: budgetLevelSchema, subject: z.string().min(1).max(200) }),
    body: capChangeSchema,
    response: subBudgetSchema,
  },
});
