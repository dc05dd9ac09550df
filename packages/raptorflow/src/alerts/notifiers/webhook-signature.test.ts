import fc from 'fast-check';
import { describe, expect, it } from 'vitest';
import { signWebhook, verifyWebhook, type ReceivedWebhook } from './webhook-signature.ts';

const secret = 'whsec_MfKQ9r8GKYqrTwjUPD8ILPZIo2LaLaSw';
const now = Date.UTC(2026, 0, 1);
const refused = expect.objectContaining({ code: 'unauthenticated' }) as Error;

function received(body: string, secrets: readonly string[] = [secret]): ReceivedWebhook {
  return { headers: { ...signWebhook('dlv_1', body, secrets, now) }, body };
}

describe('a signed webhook', () => {
  it('has the signature of the reference implementation of Standard Webhooks', () => {
    // The test vector of its libraries.
    const signed = signWebhook(
      'msg_p5jXN8AQM9LWM0D4loKWxJek',
      '{"test": 2432232314}',
      [secret],
      1_614_265_330_000,
    );
    expect(signed).toEqual({
      'webhook-id': 'msg_p5jXN8AQM9LWM0D4loKWxJek',
      'webhook-timestamp': '1614265330',
      'webhook-signature': 'v1,g0hM9SsE+OTPJTGt/tmIKtSyZlE3uFJELVlNIOLJ1OE=',
    });
  });

  it('is taken with any of its secrets, so that secrets can be changed', () => {
    const both = received('{}', ['another secret, long enough', secret]);
    expect(verifyWebhook(both, [secret], { now })).toBe('dlv_1');
    expect(verifyWebhook(both, ['another secret, long enough'], { now })).toBe('dlv_1');
    expect(() => verifyWebhook(both, ['a third secret, long enough'], { now })).toThrow(refused);
  });

  it('is refused when anything of it was changed', () => {
    fc.assert(
      fc.property(fc.string(), fc.string(), (body, other) => {
        fc.pre(body !== other);
        const webhook = received(body);
        expect(verifyWebhook(webhook, [secret], { now })).toBe('dlv_1');
        expect(() => verifyWebhook({ ...webhook, body: other }, [secret], { now })).toThrow(refused);
      }),
    );
    const webhook = received('{}');
    for (const name of ['webhook-id', 'webhook-timestamp', 'webhook-signature']) {
      const changed = { ...webhook, headers: { ...webhook.headers, [name]: '1' } };
      expect(() => verifyWebhook(changed, [secret], { now })).toThrow(refused);
      const missing = { ...webhook, headers: { ...webhook.headers, [name]: undefined } };
      expect(() => verifyWebhook(missing, [secret], { now })).toThrow(refused);
    }
  });

  it('is refused when it is too old or from the future', () => {
    const webhook = received('{}');
    expect(verifyWebhook(webhook, [secret], { now: now + 300_000 })).toBe('dlv_1');
    expect(() => verifyWebhook(webhook, [secret], { now: now + 301_000 })).toThrow(refused);
    expect(() => verifyWebhook(webhook, [secret], { now: now - 301_000 })).toThrow(refused);
  });
});
