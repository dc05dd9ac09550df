import { mkdtempSync, rmSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { describe, expect, test } from 'vitest';
import { silentLogger } from '../../../kernel/index.ts';
import { createFakeClock } from '../../../kernel/testing/index.ts';
import { historyStoreContract } from '../../contract-suite/index.ts';
import { sqliteHistoryStore } from './sqlite.ts';

historyStoreContract(
  'sqlite',
  async () => {
    const directory = mkdtempSync(join(tmpdir(), 'raptorflow-history-'));
    const make = (): ReturnType<typeof sqliteHistoryStore> =>
      sqliteHistoryStore({ path: join(directory, 'history.db') });
    return { store: make(), reopen: make, dispose: async () => rmSync(directory, { recursive: true }) };
  },
  { reopen: true, second: false },
);

describe('the SQLite store', () => {
  test('refuses unknown options, and calls before it was opened', async () => {
    expect(() => sqliteHistoryStore({ path: '' })).toThrow(
      expect.objectContaining({ code: 'invalid_options' }),
    );
    await expect(sqliteHistoryStore({ path: ':memory:' }).usage()).rejects.toMatchObject({
      code: 'unavailable',
    });
  });

  test('serves one history only', async () => {
    const store = sqliteHistoryStore({ path: ':memory:' });
    const host = { clock: createFakeClock(), log: silentLogger };
    await store.open(host);
    await expect(store.open(host)).rejects.toMatchObject({ code: 'conflict' });
    await store.close();
  });
});
