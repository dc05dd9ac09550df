import { RaptorFlowError, type Clock, type Ids, type Random } from 'raptorflow/kernel';
import type { Kysely } from 'kysely';
import { toJsonText, type Database } from '../db/index.ts';
import { newApiKey, type ApiKey, type ApiKeyScope, type KeyRole } from './api-key.ts';
import { toApiKey } from './api-key-rows.ts';
import { tellChange } from './change.ts';
import { secretHash } from './secret.ts';
import { lockWorkspace } from './workspaces.ts';
import type { IdentityTables } from './tables.ts';

/** A key to be made. */
export interface NewApiKey {
  readonly workspaceId: string;
  /** Whoever makes it; the key acts as them. */
  readonly userId: string;
  /** What it is for, in words: 1 to 120 characters. */
  readonly name: string;
  readonly role: KeyRole;
  readonly scopes?: readonly ApiKeyScope[];
  /** Epoch milliseconds; null or absent: it does not expire. */
  readonly expiresAt?: number | null;
}

/** A key that was just made. */
export interface MadeApiKey extends ApiKey {
  /** The whole key, `rf_<prefix>_<secret>`: known only now, and only to whoever made it. */
  readonly text: string;
}

/** The API keys of workspaces, for programs. Callers check roles: keys are an admin's business. */
export interface ApiKeys {
  /** Publishes `api_key.created`. Throws `invalid_input`, and `exhausted` beyond `apiKeysMax` keys that still hold. */
  create(request: NewApiKey): Promise<MadeApiKey>;
  /** Every key that was not revoked, newest first; expired ones, too. */
  list(workspaceId: string): Promise<ApiKey[]>;
  /** The key holds no more, in every process, from the next request on; publishes `api_key.revoked`. Throws `not_found`. */
  revoke(workspaceId: string, keyId: string): Promise<void>;
}

/** What the keys are kept with. */
export interface ApiKeysDeps {
  readonly db: Database;
  readonly clock: Clock;
  readonly ids: Ids;
  readonly random: Random;
}

const nameCharactersMax = 120;
/** Revoked keys are remembered for 90 days, so that whoever still calls with one hears what happened to it. */
const revokedMsMax = 90 * 24 * 60 * 60 * 1_000;

/** Builds the keys. */
export function createApiKeys(options: { readonly apiKeysMax: number }, deps: ApiKeysDeps): ApiKeys {
  const { db, clock } = deps;
  return {
    create: (request) => createKey(request, options.apiKeysMax, deps),
    async list(workspaceId) {
      const rows = await db
        .forWorkspace<IdentityTables>(workspaceId)
        .selectFrom('api_keys')
        .selectAll()
        .where('revoked_at', 'is', null)
        .orderBy('id', 'desc')
        .execute();
      return rows.map(toApiKey);
    },
    async revoke(workspaceId, keyId) {
      const now = clock.now();
      await db.transaction(workspaceId, async (tx) => {
        const [row] = await tx
          .query<IdentityTables>()
          .updateTable('api_keys')
          .set({ revoked_at: now })
          .where('id', '=', keyId)
          .where('revoked_at', 'is', null)
          .returning(['id', 'name'])
          .execute();
        if (!row) {
          throw new RaptorFlowError(
            'not_found',
            'This workspace has no such API key that still holds; GET /api/v1/api-keys lists them.',
          );
        }
        tellChange(tx, 'api_key.revoked', workspaceId, { key_id: row.id, name: row.name });
      });
    },
  };
}

async function createKey(
  request: NewApiKey,
  apiKeysMax: number,
  { db, clock, ids, random }: ApiKeysDeps,
): Promise<MadeApiKey> {
  const { workspaceId, userId, role } = request;
  const now = clock.now();
  const name = checkedName(request.name);
  const scopes = [...new Set(request.scopes ?? [])].toSorted();
  const expiresAt = request.expiresAt ?? null;
  if (expiresAt !== null && expiresAt <= now) {
    throw new RaptorFlowError('invalid_input', 'The expiry of an API key lies in the future.');
  }
  const { prefix, secret, text } = newApiKey(random);
  const row = {
    id: ids.next('key'),
    prefix,
    secret_hash: secretHash(secret),
    name,
    role,
    scopes: toJsonText(scopes),
    created_by: userId,
    created_at: now,
    expires_at: expiresAt,
    last_used_at: null,
    revoked_at: null,
  };
  await db.transaction(null, async (tx) => {
    const query = tx.query<IdentityTables>();
    await lockWorkspace(query, workspaceId);
    await query
      .deleteFrom('api_keys')
      .where('workspace_id', '=', workspaceId)
      .where('revoked_at', '<', now - revokedMsMax)
      .execute();
    await refuseTooMany(query, workspaceId, apiKeysMax);
    await query
      .insertInto('api_keys')
      .values({ ...row, workspace_id: workspaceId })
      .execute();
    tellChange(tx, 'api_key.created', workspaceId, { key_id: row.id, name, prefix, role, scopes });
  });
  return { ...toApiKey({ ...row, workspace_id: workspaceId }), text };
}

async function refuseTooMany(query: Kysely<IdentityTables>, workspaceId: string, max: number): Promise<void> {
  const { count } = await query
    .selectFrom('api_keys')
    .select((expression) => expression.fn.countAll<number>().as('count'))
    .where('workspace_id', '=', workspaceId)
    .where('revoked_at', 'is', null)
    .executeTakeFirstOrThrow();
  if (count < max) return;
  throw new RaptorFlowError(
    'exhausted',
    `This workspace has apiKeysMax = ${max} API keys already; revoke one that is not used first.`,
    { retryable: false },
  );
}

function checkedName(text: string): string {
  const name = text.trim();
  if (name !== '' && name.length <= nameCharactersMax && !/\p{Cc}/u.test(name)) return name;
  throw new RaptorFlowError(
    'invalid_input',
    `An API key's name has 1 to ${nameCharactersMax} characters and no control characters; say what uses it.`,
  );
}
