import type { AuditEntry } from '@raptorflow/runtime';
import { RaptorFlowError } from 'raptorflow/kernel';
import { createFakeClock } from 'raptorflow/kernel/testing';
import { expect, it } from 'vitest';
import { auditSignIns } from './audited-sign-ins.ts';
import type { Call } from './call.ts';

const call = { correlationId: 'req-1', request: { ip: '10.0.0.9' } } as unknown as Call;
const proof = {
  token: 'a token',
  principal: { userId: 'usr_1', operator: true, displayName: 'Ada', expiresAt: 1, tokenId: 't' },
};

function recorder(fails = false): { rows: AuditEntry[]; trail: Parameters<typeof auditSignIns>[0] } {
  const rows: AuditEntry[] = [];
  const trail = {
    append: async (entry: AuditEntry) => {
      if (fails) throw new RaptorFlowError('unavailable', 'The database is away.');
      rows.push(entry);
      return { id: 'aud_1', workspaceId: entry.workspaceId, sequence: 1, hash: '', recordedAtMs: 0 };
    },
    appendWithin: async () => [],
  };
  return { rows, trail };
}

it('a sign-in is recorded before it is passed on, and never the token', async () => {
  const { rows, trail } = recorder();
  expect(await auditSignIns(trail, createFakeClock()).attempt(call, 'token', async () => proof)).toBe(proof);
  expect(rows).toMatchObject([
    {
      workspaceId: 'installation',
      action: 'session.sign_in',
      actor: { kind: 'operator', id: 'usr_1' },
      outcome: 'ok',
      details: { method: 'token', address: '10.0.0.9' },
    },
  ]);
  expect(JSON.stringify(rows)).not.toContain('a token');
  const full = auditSignIns(recorder(true).trail, createFakeClock());
  await expect(full.attempt(call, 'token', async () => proof)).rejects.toMatchObject({ code: 'unavailable' });
});

it('refusals are recorded, at most 60 a minute, and the rest counted', async () => {
  const clock = createFakeClock();
  const { rows, trail } = recorder();
  const signIns = auditSignIns(trail, clock);
  const fail = (): Promise<unknown> =>
    signIns
      .attempt(call, 'link', () => Promise.reject(new RaptorFlowError('used_link', 'It was used.')))
      .catch((error: unknown) => error);
  expect(await fail()).toMatchObject({ code: 'used_link' });
  for (let attempt = 1; attempt < 100; attempt += 1) await fail();
  expect(rows).toHaveLength(60);
  expect(rows[0]).toMatchObject({ outcome: 'refused', details: { code: 'used_link' } });
  await clock.advance(60_000);
  await fail();
  expect(rows.at(-1)?.details).toMatchObject({ unrecorded_before: 40 });
});
