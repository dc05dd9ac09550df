/** The routes under `/api/v1/costs`. */
import { z } from 'zod';

import {
  costGroupingSchema,
  costLineSchema,
  costSummarySchema,
  holdSchema,
  holdStateSchema,
  reconciliationSchema,
  repricingSchema,
} from './cost.ts';
import {
  daySchema,
  identifierSchema,
  moneySchema,
  monthSchema,
  pageQuerySchema,
  pageSchema,
  workspaceQuerySchema,
} from './primitives.ts';
import { defineRoutes } from './route.ts';

const days = { from: daySchema.optional(), to: daySchema.optional() };
const format = z
  .enum(['json', 'csv'])
  .default('json')
  .meta({ description: 'csv answers text/csv, with a header row.' });
const name = z.string().min(1).max(200).optional();

/** Routes of costs. */
export const costRoutes = defineRoutes({
  holds: {
    method: 'GET',
    path: '/api/v1/costs/holds',
    role: 'viewer',
    tag: 'costs',
    summary:
      'List money that is set aside and not settled, newest first: calls under way, and uncertain ones.',
    query: workspaceQuerySchema.extend({
      state: holdStateSchema.optional(),
      limit: z.coerce.number<number | string>().int().min(1).max(1000).default(200),
    }),
    response: z.object({ items: z.array(holdSchema) }),
  },
  lines: {
    method: 'GET',
    path: '/api/v1/costs/lines',
    role: 'viewer',
    tag: 'costs',
    summary:
      'List single attempts as they were booked, newest first, with the usage that the provider itself reported.',
    query: pageQuerySchema.extend({
      ...days,
      month: monthSchema.optional(),
      model: name,
      provider: name,
      guild: name,
      agent_id: identifierSchema.optional(),
      agent_run_id: identifierSchema.optional(),
      campaign_id: identifierSchema.optional(),
      correlation_id: identifierSchema.optional(),
      format,
    }),
    response: pageSchema(costLineSchema),
  },
  reconcile: {
    method: 'POST',
    path: '/api/v1/costs/holds/:call_id/:attempt/reconcile',
    role: 'owner',
    tag: 'costs',
    summary:
      'Book what an uncertain call really cost by its bill; the rest of what was charged for it can be spent again.',
    params: z.strictObject({
      call_id: identifierSchema,
      attempt: z.coerce.number<number | string>().int().min(1),
    }),
    body: z.strictObject({
      cost_usd: moneySchema.meta({ description: '"0.000000" when the provider never saw the call.' }),
    }),
    response: reconciliationSchema,
  },
  reprice: {
    method: 'POST',
    path: '/api/v1/costs/reprice',
    role: 'viewer',
    tag: 'costs',
    summary:
      'Say what the calls of a month would have cost at other prices or on other models, from the usage that was kept. Nothing is changed.',
    body: z.strictObject({
      month: monthSchema,
      prices: z
        .unknown()
        .optional()
        .meta({ description: 'A price table as in PRICES_FILE; it goes before the installation’s.' }),
      models: z
        .record(z.string().min(1).max(200), z.string().min(1).max(200))
        .refine((models) => Object.keys(models).length <= 100, 'Name at most 100 models.')
        .optional()
        .meta({ description: 'For each model that was called, the one to price it as.' }),
    }),
    bodyBytesMax: 256 * 1024,
    response: repricingSchema,
  },
  summary: {
    method: 'GET',
    path: '/api/v1/costs',
    role: 'viewer',
    tag: 'costs',
    summary:
      'Sum the cost of model calls by day, model, provider, guild, agent, run or campaign; the current month by default.',
    query: workspaceQuerySchema.extend({
      group_by: costGroupingSchema.default('day'),
      ...days,
      limit: z.coerce.number<number | string>().int().min(1).max(1000).default(200),
      format,
    }),
    response: costSummarySchema,
  },
});
