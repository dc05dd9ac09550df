import type { Clock } from 'raptorflow/kernel';
import type { Database } from '../db/index.ts';
import { keyOf } from './rows.ts';
import type { AuditSigner } from './signing.ts';
import type { AuditTables } from './tables.ts';

/**
 * Makes the signer's key known. A key that is new here takes the place of those that have signed heads until now, and vouches for
 * them; one that is known vouches for nobody, so that a key which somebody has put into the table stays a stranger. Answers the ids
 * of the keys that were replaced.
 */
export async function registerKey(
  db: Database,
  signer: AuditSigner,
  clock: Clock,
): Promise<readonly string[]> {
  const { keyId, publicKey } = signer.publicKey;
  return db.transaction(null, async (unit) => {
    const tx = unit.query<AuditTables>();
    const added = await tx
      .insertInto('audit_keys')
      .values({
        key_id: keyId,
        public_key: publicKey,
        added_at_ms: clock.now(),
        endorsed_by: null,
        endorsement: null,
      })
      .onConflict((conflict) => conflict.column('key_id').doNothing())
      .executeTakeFirst();
    if (added.numInsertedOrUpdatedRows === 0n) return [];
    const heads = tx.selectFrom('audit_heads').select('key_id');
    const replaced = await tx
      .selectFrom('audit_keys')
      .selectAll()
      .where('key_id', '!=', keyId)
      .where('endorsed_by', 'is', null)
      .where('key_id', 'in', heads)
      .execute();
    for (const row of replaced) {
      const { endorsedBy, endorsement } = signer.endorse(keyOf(row));
      await tx
        .updateTable('audit_keys')
        .set({ endorsed_by: endorsedBy, endorsement })
        .where('key_id', '=', row.key_id)
        .execute();
    }
    return replaced.map((row) => row.key_id);
  });
}
