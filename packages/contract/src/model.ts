/** Models: which aliases resolve to what, and whether it can be called. */
import { z } from 'zod';

import { countSchema, daySchema, moneySchema } from './primitives.ts';
import { defineRoutes } from './route.ts';

/** A name that agents use instead of a model id. */
export const modelAliasSchema = z
  .object({
    alias: z.string(),
    model: z
      .string()
      .meta({ description: 'What it resolves to now; "offline" without a configured provider.' }),
  })
  .meta({ id: 'ModelAlias' });
export type ModelAlias = z.infer<typeof modelAliasSchema>;

/** A model that the price table knows or a provider serves. Prices are US dollars per million tokens. */
export const modelSchema = z
  .object({
    id: z.string(),
    provider: z.string(),
    available: z.boolean(),
    reason: z.string().nullable().meta({ description: 'When not available: the variable to set.' }),
    price: z
      .object({
        input_usd_per_million: moneySchema,
        cached_input_usd_per_million: moneySchema,
        cache_write_usd_per_million: moneySchema,
        output_usd_per_million: moneySchema,
        thinking_usd_per_million: moneySchema,
        long_context: z
          .object({
            above_prompt_tokens: countSchema,
            input_usd_per_million: moneySchema,
            output_usd_per_million: moneySchema,
          })
          .nullable()
          .meta({ description: 'The prices of a request whose prompt is longer; they hold for all of it.' }),
        version: z.string().meta({ description: 'The version of the price table.' }),
        source: z
          .string()
          .meta({ description: 'Where the prices were read: an address, or your price file.' }),
        date: daySchema.nullable().meta({ description: 'The day that they were read.' }),
      })
      .nullable(),
  })
  .meta({ id: 'Model' });
export type Model = z.infer<typeof modelSchema>;

/** Routes under `/api/v1/models`. */
export const modelRoutes = defineRoutes({
  list: {
    method: 'GET',
    path: '/api/v1/models',
    role: 'viewer',
    tag: 'models',
    summary: 'List aliases and models, with what is missing to call those that cannot be called.',
    response: z.object({ aliases: z.array(modelAliasSchema), items: z.array(modelSchema) }),
  },
});
