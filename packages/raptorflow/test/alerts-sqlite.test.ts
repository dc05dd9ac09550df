import { mkdtempSync, rmSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { sqliteAlertStore } from 'raptorflow/alerts';
import { alertStoreContract } from 'raptorflow/alerts/contract-suite';

alertStoreContract('on SQLite', () => {
  const directory = mkdtempSync(join(tmpdir(), 'raptorflow-alerts-'));
  const open = (): ReturnType<typeof sqliteAlertStore> =>
    sqliteAlertStore({ path: join(directory, 'alerts.db') });
  return Promise.resolve({
    store: open(),
    reopen: open,
    dispose: () => Promise.resolve(rmSync(directory, { recursive: true, force: true })),
  });
});
