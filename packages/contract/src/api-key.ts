/** API keys: how programs call, one workspace each. */
import { z } from 'zod';

import { grantedRoleSchema } from './member.ts';
import { identifierSchema, pageQuerySchema, pageSchema, timestampSchema } from './primitives.ts';
import { defineRoutes } from './route.ts';

/** What a key is narrowed to: `read` – reading alone; `dispatch` – calls of models alone. With both, either. */
export const apiKeyScopeSchema = z.enum(['dispatch', 'read']);
export type ApiKeyScope = z.infer<typeof apiKeyScopeSchema>;

/** A key; its secret is shown once, when it is made. */
export const apiKeySchema = z
  .object({
    id: identifierSchema,
    name: z.string(),
    prefix: z.string().meta({ description: 'What the key begins with, to know it by.' }),
    role: grantedRoleSchema,
    scopes: z.array(apiKeyScopeSchema).meta({ description: 'Empty: everything that the role may.' }),
    created_by: identifierSchema,
    created_at: timestampSchema,
    expires_at: timestampSchema.nullable(),
    last_used_at: timestampSchema.nullable().meta({ description: 'To the minute.' }),
  })
  .meta({ id: 'ApiKey' });
export type ApiKey = z.infer<typeof apiKeySchema>;

/** A key that was just made. */
export const madeApiKeySchema = apiKeySchema
  .extend({ key: z.string().meta({ description: 'The whole key. It is never shown again.' }) })
  .meta({ id: 'MadeApiKey' });
export type MadeApiKey = z.infer<typeof madeApiKeySchema>;

/** Routes of API keys. */
export const apiKeyRoutes = defineRoutes({
  create: {
    method: 'POST',
    path: '/api/v1/api-keys',
    role: 'admin',
    answersSecret: true,
    tag: 'api-keys',
    summary: 'Make an API key for a program; it acts as whoever makes it, and is shown once.',
    body: z.strictObject({
      name: z.string().trim().min(1).max(120),
      role: grantedRoleSchema.default('member'),
      scopes: z.array(apiKeyScopeSchema).max(2).default([]),
      lifetime_seconds: z
        .number()
        .int()
        .min(60)
        .max(315_360_000)
        .nullable()
        .default(null)
        .meta({ description: 'How long it is good; null does not end.' }),
    }),
    response: madeApiKeySchema,
    status: 201,
  },
  list: {
    method: 'GET',
    path: '/api/v1/api-keys',
    role: 'admin',
    tag: 'api-keys',
    summary: 'List the API keys that were not revoked, newest first.',
    query: pageQuerySchema,
    response: pageSchema(apiKeySchema),
  },
  revoke: {
    method: 'DELETE',
    path: '/api/v1/api-keys/:key_id',
    role: 'admin',
    tag: 'api-keys',
    summary: 'Revoke an API key; it is refused from the next request on.',
    params: z.strictObject({ key_id: identifierSchema }),
    response: z.object({ revoked: z.literal(true) }),
  },
});
