import type { Kysely } from 'kysely';
import { RaptorFlowError } from 'raptorflow/kernel';
import { secretHash } from './secret.ts';
import type { IdentityTables } from './tables.ts';

type Query = Kysely<IdentityTables>;

/** How long used and expired links are remembered, so that their holder hears what happened to them. */
const remembranceMs = 24 * 60 * 60 * 1_000;

/** Stores the link of a code for a user. */
export async function insertLink(
  query: Query,
  link: { readonly code: string; readonly userId: string; readonly now: number; readonly expiresAt: number },
): Promise<void> {
  await query
    .deleteFrom('sign_in_links')
    .where('expires_at', '<', link.now - remembranceMs)
    .execute();
  await query
    .insertInto('sign_in_links')
    .values({
      code_hash: secretHash(link.code),
      user_id: link.userId,
      created_at: link.now,
      expires_at: link.expiresAt,
      used_at: null,
    })
    .execute();
}

/**
 * Uses the link up and answers whose it is. One conditional statement decides, so of many at the same time one wins.
 * Throws `used_link`, `expired_link` or `invalid_link`.
 */
export async function useLink(query: Query, code: string, now: number): Promise<string> {
  const hash = secretHash(code);
  const [used] = await query
    .updateTable('sign_in_links')
    .set({ used_at: now })
    .where('code_hash', '=', hash)
    .where('used_at', 'is', null)
    .where('expires_at', '>', now)
    .returning('user_id')
    .execute();
  if (used) return used.user_id;
  const link = await query
    .selectFrom('sign_in_links')
    .select('used_at')
    .where('code_hash', '=', hash)
    .executeTakeFirst();
  if (!link) {
    throw new RaptorFlowError(
      'invalid_link',
      'This sign-in link is not known here. Copy the whole link, or make a new one where RaptorFlow runs.',
    );
  }
  if (link.used_at !== null) {
    throw new RaptorFlowError(
      'used_link',
      'This sign-in link was used before; a link works once. Make a new one where RaptorFlow runs.',
    );
  }
  throw new RaptorFlowError(
    'expired_link',
    'This sign-in link has expired. Make a new one where RaptorFlow runs.',
  );
}
