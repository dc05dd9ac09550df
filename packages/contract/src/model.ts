/** Models: which aliases resolve to what, and whether it can be called. */
import { z } from 'zod';

import { countSchema, daySchema, moneySchema } from './primitives.ts';
import { defineRoutes } from './route.ts';

/** A name that agents use instead of a model id: what it means in this workspace. */
export const modelAliasSchema = z
  .object({
    alias: z.string(),
    model: z.string().meta({
      description:
        'What it resolves to now; "offline" without a configured provider. As it is written, where that cannot be called.',
    }),
    reason: z.string().nullable().meta({ description: 'Why it cannot be called; null when it can.' }),
    own_model: z.string().nullable().meta({
      description:
        'What this workspace says: a model or another alias. Null where it leaves that to the installation.',
    }),
    installed_model: z.string().nullable().meta({
      description: 'What the installation says; null for an alias that only this workspace knows.',
    }),
    own_fallbacks: z.array(z.string()).meta({ description: 'What this workspace says, in order.' }),
    fallbacks: z
      .array(
        z.object({
          model: z.string(),
          reason: z
            .string()
            .nullable()
            .meta({ description: 'Why it cannot be called, so that it is left out; null when it can.' }),
        }),
      )
      .meta({
        description:
          'Asked in turn when the model does not answer and the call names none itself: its own, else those of the alias that it stands for.',
      }),
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

const modelNameSchema = z.string().min(1).max(200);

/** What an alias shall mean in this workspace from now on. What is left out stays as it is. */
export const modelAliasChangeSchema = z
  .strictObject({
    model: modelNameSchema.nullable().optional().meta({
      description:
        'A model id, `<provider>:<model id>`, `offline` or another alias; null: what the installation says.',
    }),
    fallbacks: z.array(modelNameSchema).max(5).optional().meta({
      description: 'Asked in turn when the model does not answer; an empty list for none.',
    }),
  })
  .refine((body) => body.model !== undefined || body.fallbacks !== undefined, 'Name what is to change.');
export type ModelAliasChange = z.infer<typeof modelAliasChangeSchema>;

const aliasParams = z.strictObject({ alias: z.string().min(1).max(100) });

/** Routes under `/api/v1/models`. */
export const modelRoutes = defineRoutes({
  list: {
    method: 'GET',
    path: '/api/v1/models',
    role: 'viewer',
    tag: 'models',
    summary:
      'List the aliases as they are in this workspace, and models, with what is missing to call those that cannot be called.',
    response: z.object({ aliases: z.array(modelAliasSchema), items: z.array(modelSchema) }),
  },
  setAlias: {
    method: 'PUT',
    path: '/api/v1/models/aliases/:alias',
    role: 'admin',
    tag: 'models',
    summary:
      'Say what an alias stands for in this workspace, and which models stand in for it; everything named must be callable. It holds from the next call on.',
    params: aliasParams,
    body: modelAliasChangeSchema,
    response: modelAliasSchema,
  },
  unsetAlias: {
    method: 'DELETE',
    path: '/api/v1/models/aliases/:alias',
    role: 'admin',
    tag: 'models',
    summary: 'Leave an alias to the installation again, or remove one that only this workspace knows.',
    params: aliasParams,
    response: z.object({
      alias: z.string(),
      model: z.string().nullable().meta({
        description: 'What it resolves to now; null when it is no alias any more.',
      }),
    }),
  },
});
