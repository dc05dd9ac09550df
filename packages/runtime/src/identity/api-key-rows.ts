import type { Selectable } from 'kysely';
import { RaptorFlowError } from 'raptorflow/kernel';
import { z } from 'zod';
import { fromJsonText } from '../db/index.ts';
import { apiKeyScopes, keyRoles, type ApiKey, type ApiKeyScope, type KeyRole } from './api-key.ts';
import type { IdentityTables } from './tables.ts';

const scopesSchema = z.array(z.enum(apiKeyScopes as [ApiKeyScope, ...ApiKeyScope[]]));

/** A key's scopes as they are stored. */
export function toScopes(text: string): ApiKeyScope[] {
  return fromJsonText(text, (value) => scopesSchema.parse(value));
}

/** A key's role as it is stored. Throws `storage_corrupt` for any other word. */
export function toKeyRole(text: string): KeyRole {
  const role = keyRoles.find((each) => each === text);
  if (role) return role;
  throw new RaptorFlowError('storage_corrupt', `The table api_keys holds the unknown role "${text}".`);
}

/** A stored key, without its hash. */
export function toApiKey(row: Selectable<IdentityTables['api_keys']>): ApiKey {
  return {
    id: row.id,
    name: row.name,
    prefix: row.prefix,
    role: toKeyRole(row.role),
    scopes: toScopes(row.scopes),
    createdBy: row.created_by,
    createdAt: row.created_at,
    expiresAt: row.expires_at,
    lastUsedAt: row.last_used_at,
    revokedAt: row.revoked_at,
  };
}
