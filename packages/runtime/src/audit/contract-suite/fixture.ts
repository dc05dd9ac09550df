import { generateKeyPairSync } from 'node:crypto';
import type { Database } from '../../db/index.ts';
import type { OpenDatabase } from '../../testing/index.ts';
import { createAuditLog, type AuditLog, type AuditLogDeps, type AuditLogOptions } from '../audit-log.ts';
import type { AuditEntry } from '../entry.ts';
import { auditMigrations, auditTables } from '../tables.ts';

/** A new private key, as base64. */
export function newSigningKey(): string {
  const { privateKey } = generateKeyPairSync('ed25519');
  return privateKey.export({ format: 'der', type: 'pkcs8' }).toString('base64');
}

/** Opens a database with the room's tables. */
export function openAudited(open: OpenDatabase): Promise<Database> {
  return open({ tables: [auditTables], migrations: [auditMigrations] });
}

/** A started audit log; the database is stopped by whoever opened it. */
export async function startAudit(
  db: Database,
  options: Partial<AuditLogOptions> = {},
  deps: Omit<AuditLogDeps, 'db'> = {},
): Promise<AuditLog> {
  const audit = createAuditLog({ signingKey: newSigningKey(), ...options }, { db, ...deps });
  await audit.start();
  return audit;
}

/** An entry that says little. */
export function entryOf(more: Partial<AuditEntry> = {}): AuditEntry {
  return {
    workspaceId: 'a',
    action: 'member.added',
    phase: 'event',
    actor: { kind: 'user', id: 'usr_1' },
    ...more,
  };
}
