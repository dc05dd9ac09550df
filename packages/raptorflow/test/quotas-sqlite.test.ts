import { mkdtempSync, rmSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { sqliteQuotaStore } from 'raptorflow/resources';
import { quotaStoreContract } from 'raptorflow/resources/contract-suite';

quotaStoreContract('on SQLite', () => {
  const directory = mkdtempSync(join(tmpdir(), 'raptorflow-quotas-'));
  const open = (): ReturnType<typeof sqliteQuotaStore> =>
    sqliteQuotaStore({ path: join(directory, 'quotas.db') });
  return Promise.resolve({
    store: open(),
    reopen: open,
    dispose: () => Promise.resolve(rmSync(directory, { recursive: true, force: true })),
  });
});
