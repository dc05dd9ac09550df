import type { Kysely, Selectable } from 'kysely';
import type { User } from './principal.ts';
import type { IdentityTables } from './tables.ts';

type Query = Kysely<IdentityTables>;

/** The person in front of the machine, known before anybody has signed in from elsewhere. */
export const localSubject = 'local';

/** Who is to be known as a user. */
export interface NewUser {
  readonly id: string;
  readonly subject: string;
  readonly email: string | null;
  readonly displayName: string;
  readonly now: number;
}

/**
 * The user of this subject, made if there is none, with the address that is known now. Whoever is first in the installation becomes its operator. Run it
 * inside a transaction; two at the same time make one user and one operator.
 */
export async function ensureUser(query: Query, user: NewUser): Promise<User> {
  await query
    .insertInto('users')
    .values({
      id: user.id,
      subject: user.subject,
      email: user.email,
      display_name: user.displayName,
      operator: 0,
      created_at: user.now,
    })
    .onConflict((conflict) => conflict.column('subject').doNothing())
    .execute();
  const row = await query
    .selectFrom('users')
    .selectAll()
    .where('subject', '=', user.subject)
    .executeTakeFirstOrThrow();
  if (user.email !== null && row.email !== user.email) {
    await query.updateTable('users').set({ email: user.email }).where('id', '=', row.id).execute();
    row.email = user.email;
  }
  await query
    .insertInto('installation_owner')
    .values({ slot: 1, user_id: row.id })
    .onConflict((conflict) => conflict.column('slot').doNothing())
    .execute();
  const owner = await query.selectFrom('installation_owner').select('user_id').executeTakeFirstOrThrow();
  if (owner.user_id === row.id && row.operator === 0) {
    await query.updateTable('users').set({ operator: 1 }).where('id', '=', row.id).execute();
    return toUser({ ...row, operator: 1 });
  }
  return toUser(row);
}

/** The user with this id, if there is one. */
export async function findUser(query: Query, userId: string): Promise<User | undefined> {
  const row = await query.selectFrom('users').selectAll().where('id', '=', userId).executeTakeFirst();
  return row && toUser(row);
}

function toUser(row: Selectable<IdentityTables['users']>): User {
  return {
    id: row.id,
    email: row.email,
    displayName: row.display_name,
    operator: row.operator !== 0,
    createdAt: row.created_at,
  };
}
