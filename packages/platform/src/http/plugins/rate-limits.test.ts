import { createFakeClock } from 'raptorflow/kernel/testing';
import { silentLogger } from 'raptorflow/kernel';
import { expect, it } from 'vitest';
import { createLocalCounter, createRateLimits, type RateCounter } from './rate-limits.ts';

const off = { user: 0, workspace: 0, address: 0, attempts: 0 };
const ann = [{ name: 'user', of: 'usr_ann' }] as const;

it('lets exactly the limit through at once, and then one for each step of time', async () => {
  const clock = createFakeClock();
  const limits = createRateLimits({ ...off, user: 60 }, { clock, log: silentLogger });
  for (let index = 0; index < 60; index += 1) await limits.take(ann);
  await expect(limits.take(ann)).rejects.toMatchObject({
    code: 'rate_limited',
    retryAfterMs: expect.closeTo(1_000, 0) as number,
  });
  await clock.advance(1_000);
  await limits.take(ann);
  await expect(limits.take(ann)).rejects.toMatchObject({ code: 'rate_limited' });
  await limits.take([{ name: 'user', of: 'usr_bob' }]);
});

it('takes nothing from the workspace when the user has nothing left', async () => {
  const clock = createFakeClock();
  const limits = createRateLimits({ ...off, user: 2, workspace: 3 }, { clock, log: silentLogger });
  const workspace = { name: 'workspace', of: 'wsp_a' } as const;
  for (let index = 0; index < 20; index += 1) await limits.take([...ann, workspace]).catch(() => undefined);
  await limits.take([{ name: 'user', of: 'usr_bob' }, workspace]);
  await expect(limits.take([{ name: 'user', of: 'usr_eve' }, workspace])).rejects.toMatchObject({
    details: { limit: 'workspace' },
  });
});

it('does not limit what is switched off', async () => {
  const limits = createRateLimits(off, { clock: createFakeClock(), log: silentLogger });
  for (let index = 0; index < 100; index += 1) await expect(limits.take(ann)).resolves.toBeUndefined();
});

it('keeps as many buckets as it may, the ones used last', async () => {
  const counter = createLocalCounter(createFakeClock(), 10);
  for (let index = 0; index < 50; index += 1) await counter.take([{ key: `k${index}`, limit: 1 }]);
  expect(counter.size).toBe(10);
  const [kept] = await counter.take([{ key: 'k49', limit: 1 }]);
  expect(kept?.waitMs).toBeGreaterThan(0);
});

it('counts by itself while the shared counter is away, and asks it again after a pause', async () => {
  const clock = createFakeClock();
  let asked = 0;
  const shared: RateCounter = {
    take: () => {
      asked += 1;
      return Promise.reject(new RangeError('away'));
    },
  };
  const limits = createRateLimits({ ...off, user: 2 }, { clock, log: silentLogger, shared });
  await limits.take(ann);
  await limits.take(ann);
  await expect(limits.take(ann)).rejects.toMatchObject({ code: 'rate_limited' });
  expect(asked).toBe(1);
  await clock.advance(1_001);
  await limits.take([{ name: 'user', of: 'usr_bob' }]);
  expect(asked).toBe(2);
});
