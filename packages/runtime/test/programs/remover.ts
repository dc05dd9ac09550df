import { openDatabase } from '../../src/db/index.ts';
import { identityMigrations, identityTables } from '../../src/identity/index.ts';
import { createIdentity } from '../../src/identity/identity.ts';
import { ledgerMigrations, ledgerTables } from '../../src/identity/contract-suite/ledger-tables.ts';

// A process that goes on with the deletion of workspaces, and is killed somewhere in the middle of it.
const place = process.argv[2] ?? '';
const tables = [identityTables, ledgerTables];
const db = openDatabase({
  ...(place.startsWith('postgres') ? { url: place } : { path: place }),
  tables,
  migrations: [identityMigrations, ledgerMigrations],
});
await db.start();
const identity = createIdentity(
  { secretKey: 'a secret key of at least 32 characters', tables: { declared: tables, kept: ['chain'] } },
  { db },
);
process.stdout.write('begin\n');
await identity.removals.finish();
process.stdout.write('done\n');
await db.stop();
