import { quotaDraftSchema, type WireQuota } from '@raptorflow/contract';
import { describe, expect, it } from 'vitest';

import { draftOf, formOf, problemsOf, type QuotaForm, readAmount, withKind } from './quota-form.ts';

const stored: WireQuota = {
  quota_id: 'tokens',
  name: 'Tokens',
  description: 'For the trial.',
  quota_scope: 'run',
  resource_type: 'llm_tokens',
  quota_type: 'soft',
  period: 'day',
  time_zone: 'Europe/Berlin',
  limit: 1_000,
  burst_limit: 1_500,
  action: 'warn',
  workspace_id: 'wsp_a',
  user_id: null,
  enabled: false,
  tags: { team: 'a' },
  created_at: '2026-01-31T12:00:00.000Z',
  updated_at: '2026-01-31T12:00:00.000Z',
};
const sound: QuotaForm = { ...formOf(null), name: 'Files', type: 'file_handle', limit: '1 000' };

describe('a quota as it is written', () => {
  it('is what was stored when nothing is changed, and says nothing of user and tags', () => {
    const { quota_id: _id, workspace_id: _w, user_id: _u, tags: _t, created_at: _c, ...rest } = stored;
    const { updated_at: _at, ...written } = rest;
    expect(draftOf(formOf(stored))).toEqual(written);
  });

  it('is a draft that the contract accepts', () => {
    expect(problemsOf(sound)).toEqual({});
    expect(quotaDraftSchema.parse(draftOf(sound))).toMatchObject({ limit: 1_000, burst_limit: null });
  });

  it('reads whole numbers above 0 only, however their digits are grouped', () => {
    expect(['1 000', '1,000', '1_000'].map(readAmount)).toEqual([1_000, 1_000, 1_000]);
    expect(['', '0', '-1', '1.5', '1e3', '9999999999999999', 'ten'].map(readAmount)).toEqual(
      Array.from({ length: 7 }, () => null),
    );
  });

  it('takes what its kind knows when the kind changes', () => {
    const soft = { ...sound, kind: 'soft', action: 'warn', burst: '2000' } as const;
    expect(withKind(soft, 'hard')).toMatchObject({ action: 'block', burst: '', period: 'held' });
    expect(withKind(soft, 'burst')).toMatchObject({ action: 'block', burst: '2000', period: 'hour' });
  });

  it('has a time zone only where its days begin somewhere', () => {
    const zoned = { ...sound, timeZone: 'Asia/Tokyo' };
    expect(draftOf({ ...zoned, period: 'day' }).time_zone).toBe('Asia/Tokyo');
    expect(draftOf({ ...zoned, period: 'hour' }).time_zone).toBe('UTC');
  });

  it.each([
    ['no name', { name: ' ' }, 'name'],
    ['a kind of resource with spaces', { type: 'File handles' }, 'type'],
    ['no limit', { limit: '' }, 'limit'],
    ['a burst quota that bursts to nowhere', { kind: 'burst', period: 'hour' }, 'burst'],
    ['a soft quota that refuses, never', { kind: 'soft', action: 'block' }, 'burst'],
    ['a burst limit that is not above the limit', { kind: 'soft', action: 'warn', burst: '1000' }, 'burst'],
    ['a burst limit that is no number', { kind: 'soft', action: 'warn', burst: 'more' }, 'burst'],
  ] satisfies [string, Partial<QuotaForm>, string][])('is refused with %s', (_, change, field) => {
    expect(Object.keys(problemsOf({ ...sound, ...change }))).toEqual([field]);
  });
});
