import { SignJWT, UnsecuredJWT } from 'jose';
import { createIds } from 'raptorflow/kernel';
import { createFakeClock } from 'raptorflow/kernel/testing';
import { describe, expect, test } from 'vitest';
import { createTokenMint, type TokenMint } from './token.ts';

const secretKey = 'a secret key of at least 32 characters';
const settings = { secretKey, issuer: 'raptorflow', audience: 'raptorflow-api' };
const claims = { userId: 'usr_1', displayName: 'Ada', operator: false };
const clock = createFakeClock();

function mint(changes: Partial<typeof settings> = {}, at = clock): TokenMint {
  return createTokenMint({ ...settings, ...changes }, { clock: at, ids: createIds({ clock: at }) });
}

describe('a token', () => {
  test('says who holds it, under an id of its own, until its expiry', async () => {
    const { token, tokenId, expiresAt } = await mint().issue({ ...claims, operator: true }, 3_600_000);
    expect(expiresAt).toBe(clock.now() + 3_600_000);
    expect(await mint().read(token)).toEqual({
      userId: 'usr_1',
      displayName: 'Ada',
      operator: true,
      tokenId,
      expiresAt,
    });
  });

  test('is accepted up to a minute after its expiry, then no more', async () => {
    const time = createFakeClock();
    const { token } = await mint({}, time).issue(claims, 1_000);
    await time.advance(60_000);
    expect(await mint({}, time).read(token)).toMatchObject({ userId: 'usr_1' });
    await time.advance(2_000);
    await expect(mint({}, time).read(token)).rejects.toMatchObject({ code: 'token_expired' });
  });

  test('that was read before is still refused when its time is over', async () => {
    const time = createFakeClock();
    const reader = mint({}, time);
    const { token } = await reader.issue(claims, 1_000);
    const read = await reader.read(token);
    await time.advance(60_000);
    expect(await reader.read(token)).toEqual(read);
    await time.advance(2_000);
    await expect(reader.read(token)).rejects.toMatchObject({ code: 'token_expired' });
  });

  test('is accepted up to a minute before it begins, not earlier', async () => {
    const later = createFakeClock(clock.now() + 61_000);
    const { token } = await mint({}, later).issue(claims, 3_600_000);
    await expect(mint().read(token)).rejects.toMatchObject({ code: 'token_invalid' });
    const soon = createFakeClock(clock.now() + 60_000);
    const early = await mint({}, soon).issue(claims, 3_600_000);
    expect(await mint().read(early.token)).toMatchObject({ userId: 'usr_1' });
  });

  test('of another key, issuer or audience is refused', async () => {
    for (const changes of [
      { secretKey: 'another secret key of 32 characters' },
      { issuer: 'somebody-else' },
      { audience: 'another-api' },
    ]) {
      const { token } = await mint(changes).issue(claims, 60_000);
      await expect(mint().read(token)).rejects.toMatchObject({
        code: 'token_invalid',
        kind: 'unauthenticated',
      });
    }
  });

  test('is refused without a signature, under another algorithm, altered, without its claims, or as rubbish', async () => {
    const now = Math.floor(clock.now() / 1_000);
    const key = new TextEncoder().encode(secretKey);
    const full = new SignJWT({}).setIssuer('raptorflow').setAudience('raptorflow-api').setSubject('usr_1');
    const complete = full
      .setNotBefore(now)
      .setExpirationTime(now + 60)
      .setJti('tok_1');
    const { token } = await mint().issue(claims, 60_000);
    const [head, , tail] = token.split('.');
    const forgedBody = Buffer.from(JSON.stringify({ sub: 'usr_2' })).toString('base64url');
    const bad = [
      new UnsecuredJWT({ sub: 'usr_1' }).setIssuer('raptorflow').encode(),
      await complete.setProtectedHeader({ alg: 'HS512' }).sign(key),
      await new SignJWT({ sub: 'usr_1' }).setProtectedHeader({ alg: 'HS256' }).sign(key),
      `${head}.${forgedBody}.${tail}`,
      'rubbish',
      '',
      'x'.repeat(10_000),
    ];
    for (const each of bad) {
      await expect(mint().read(each)).rejects.toMatchObject({ code: 'token_invalid' });
    }
  });
});
