import {
  auditMigrations,
  auditTables,
  createAuditLog,
  installationChain,
  openDatabase,
} from '@raptorflow/runtime';
import { expect, it } from 'vitest';
import { readConfig } from '../config.ts';
import { newSigningKey } from '../http/testing/route-world.ts';
import { auditSettings } from './audited-settings.ts';

it('each start records which settings have changed, and never a value', async () => {
  const db = openDatabase({ path: ':memory:', tables: [auditTables], migrations: [auditMigrations] });
  await db.start();
  const audit = createAuditLog({ signingKey: newSigningKey() }, { db });
  await audit.start();
  const start = async (env: Record<string, string>, source = 'server'): Promise<string> => {
    const base = { SECRET_KEY: 'first'.repeat(8), AUDIT_SIGNING_KEY: newSigningKey() };
    const config = readConfig({
      env: { ...base, AUDIT_SIGNING_KEY: 'k'.repeat(40), ...env },
      directory: '/nowhere',
    });
    await auditSettings(audit, source, config.audit);
    return (await audit.query(installationChain, { limit: 1 })).items[0]?.payload ?? '';
  };
  const changed = (payload: string): unknown => (JSON.parse(payload) as { changed: unknown }).changed;
  expect(changed(await start({}))).toBeNull();
  expect(changed(await start({}))).toEqual([]);
  const other = await start({ PORT: '9123', OPENAI_API_KEY: 'value-of-a-secret' });
  expect(changed(other)).toEqual(['OPENAI_API_KEY', 'PORT']);
  expect(other).not.toMatch(/9123|value-of-a-secret/);
  expect(changed(await start({}, 'another'))).toBeNull();
  expect(changed(await start({ SECRET_KEY: 'second'.repeat(8) }))).toEqual([
    'SECRET_KEY',
    '(others cannot be compared)',
  ]);
  await db.stop();
});
