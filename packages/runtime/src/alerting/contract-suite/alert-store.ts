import { alertStoreContract } from 'raptorflow/alerts/contract-suite';
import type { OpenDatabase } from '../../testing/index.ts';
import { relationalAlertStore } from '../relational-alert-store.ts';
import { alertMigrations, alertTables } from '../tables.ts';

/** What every store of alerts promises, on either engine. */
export function alertStoreSuite(open: OpenDatabase): void {
  alertStoreContract('in the relational core', async () => {
    const db = await open({ tables: [alertTables], migrations: [alertMigrations] });
    return {
      store: relationalAlertStore(db),
      reopen: () => relationalAlertStore(db),
      // The opener stops the database.
      dispose: async () => undefined,
    };
  });
}
