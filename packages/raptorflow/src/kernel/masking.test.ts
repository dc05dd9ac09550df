import fc from 'fast-check';
import { describe, expect, it } from 'vitest';
import { maskSecrets, maskSecretsIn, maySecretsBeIn } from './masking.ts';

const alphanumeric = 'ABCDEFGHIJKLMNOPQRSTUVWXYZabcdefghijklmnopqrstuvwxyz0123456789';
const token = (length: number): fc.Arbitrary<string> =>
  fc
    .string({ unit: fc.constantFrom(...Array.from(alphanumeric)), minLength: length, maxLength: 64 })
    .map((text) => `A1${text}`);
const upper = fc.string({
  unit: fc.constantFrom(...Array.from(alphanumeric.slice(0, 26))),
  minLength: 16,
  maxLength: 16,
});

/** Where a secret stands; `§` is the secret. */
const places = [
  'authorization: Bearer §',
  'Authorization: Basic §',
  'GET /x HTTP/1.1 Proxy-Authorization=Digest §',
  '{"headers":{"authorization":"Bearer §","accept":"*/*"}}',
  '{"headers":{"Authorization":["Bearer §"]}}',
  "{ authorization: 'Bearer §', accept: '*/*' }",
  String.raw`{"body":"{\"authorization\":\"§\",\"a\":1}"}`,
  String.raw`{"body":"{\"api_key\":\"§\",\"a\":1}"}`,
  'cookie: session=§; theme=dark',
  'Set-Cookie: raptor=§; HttpOnly',
  'sec-websocket-protocol: bearer.§',
  'x-api-key: §',
  'apiKey=§',
  'API_KEY="§ with words"',
  '{"client_secret": "§"}',
  "{ secretKey: '§' }",
  'SECRET_KEY=§',
  'aws_secret_access_key = §',
  'SUPABASE_SERVICE_KEY=§',
  'https://example.com/hook?token=§&workspace=1',
  'https://example.com/sign-in?code=§',
  'password=§, user=x',
  'PASSWORD => §',
  'postgres://raptor:§@db.example.com:5432/raptorflow',
  'redis://:§@127.0.0.1:6379',
  'https://hooks.slack.com/services/§',
  '-----BEGIN PRIVATE KEY-----\n§\n-----END PRIVATE KEY-----',
];

/** Secrets that are known by their shape alone. */
const shapes: readonly fc.Arbitrary<string>[] = [
  token(20).map((text) => `sk-ant-${text}`),
  token(20).map((text) => `rf_${text}`),
  token(36).map((text) => `ghp_${text}`),
  token(36).map((text) => `github_pat_${text}`),
  token(36).map((text) => `AIza${text}`),
  token(20).map((text) => `xoxb-${text}`),
  token(20).map((text) => `whsec_${text}`),
  token(20).map((text) => `glpat-${text}`),
  token(36).map((text) => `npm_${text}`),
  upper.map((text) => `AKIA${text}`),
  fc.tuple(token(20), token(20), token(20)).map(([a, b, c]) => `eyJ${a}.${b}.${c}`),
];

const around = fc.string({ unit: fc.constantFrom(...Array.from(' abcdefghij.,123')), maxLength: 40 });

describe('masking', () => {
  it('leaves nothing of a secret wherever it is written', () => {
    fc.assert(
      fc.property(fc.constantFrom(...places), token(12), around, around, (place, secret, before, after) => {
        const line = `${before} ${place.replace('§', secret)} ${after}`;
        const masked = maskSecrets(line);
        expect(masked).not.toContain(secret);
        expect(masked).toContain('[masked]');
        expect(maySecretsBeIn(Buffer.from(line))).toBe(true);
        const lines = `2025-01-15 14:30:12,547 INFO plain\n2025-01-15 14:30:12,547 INFO ${line}\n`;
        expect(maySecretsBeIn(Buffer.from(lines))).toBe(true);
        // Also where it lies across what is looked at in one go.
        expect(maySecretsBeIn(Buffer.from(' '.repeat(1_024 - (secret.length % 40)) + line))).toBe(true);
        expect(maskSecrets(masked)).toBe(masked);
      }),
      { numRuns: 2_000 },
    );
  });

  it('knows tokens by their shape', () => {
    fc.assert(
      fc.property(fc.oneof(...shapes), around, (secret, before) => {
        const masked = maskSecrets(`${before} sent ${secret} to the model`);
        expect(masked).toBe(`${before} sent [masked] to the model`);
      }),
      { numRuns: 1_000 },
    );
  });

  it('keeps what people need to understand a line', () => {
    expect(maskSecrets('GET https://u:p@example.com/a?token=abc&page=2 authorization failed')).toBe(
      'GET https://u:[masked]@example.com/a?token=[masked]&page=2 authorization failed',
    );
    expect(maskSecrets('{"api_key":"abc","model":"fast"}')).toBe('{"api_key":"[masked]","model":"fast"}');
    expect(maskSecrets('{"authorization":"Bearer abc","accept":"*/*"}')).toBe(
      '{"authorization":"[masked]","accept":"*/*"}',
    );
    for (const plain of [
      'RAPTOR PERF: CPU: 12.3% | MEM: 45.6%',
      'the run used input_tokens=512 max_tokens: 4096 tokens: 3',
      'basic information about the bearer',
      'mailed to anna@example.com from http://localhost:8001/api/v1/agents',
      'keyboard monkey secretary tokenizer passwordless',
    ]) {
      expect(maskSecrets(plain)).toBe(plain);
    }
  });

  it('does not look closer at lines without anything that a secret needs', () => {
    const lines =
      '2025-01-15 14:30:12,547 INFO RAPTOR PERF: CPU: 12.3% | MEM: 45.6%\n    at main (a.js:1:1)\n';
    expect(maySecretsBeIn(Buffer.from(lines.repeat(50)))).toBe(false);
  });

  it('takes time in proportion to the length of a line, whatever it holds', () => {
    const nasty = [
      'a',
      'token',
      '://',
      ':',
      'eyJ',
      'key',
      '-----BEGIN PRIVATE KEY-----',
      'bearer ',
      '\\"',
      'Basic a',
    ];
    for (const piece of nasty) {
      const begunAt = performance.now();
      maskSecrets(`token ${piece.repeat(Math.ceil(32_768 / piece.length))}`);
      expect(performance.now() - begunAt).toBeLessThan(1_000);
    }
  });
});

describe('a value of JSON', () => {
  it('is masked in its texts and behind the names of secrets, and else is the same', () => {
    const harmless = { model: 'fast', input_tokens: 7, list: [1, null, 'a key moment'], on: true };
    const given = {
      ...harmless,
      api_key: 'abc',
      nested: [{ Authorization: { scheme: 'x' }, url: 'https://ada:pass@host/' }],
      password: null,
    };
    expect(maskSecretsIn(given)).toEqual({
      ...harmless,
      api_key: '[masked]',
      nested: [{ Authorization: '[masked]', url: 'https://ada:[masked]@host/' }],
      password: null,
    });
    expect(given.api_key).toBe('abc');
  });

  it('is not followed without end', () => {
    let deep: unknown = 'the bottom';
    for (let level = 0; level < 1_000; level += 1) deep = [deep];
    expect(JSON.stringify(maskSecretsIn(deep))).toContain('[masked]');
  });
});

describe('masking of values', () => {
  it('leaves nothing of a secret in any field, list or error, and leaves the value itself alone', () => {
    fc.assert(
      fc.property(fc.constantFrom(...places), token(12), (place, secret) => {
        const text = place.replace('§', secret);
        const value = { a: [text, { b: text }], error: new RangeError(text), apiKey: secret, count: 3 };
        expect(JSON.stringify(maskSecretsIn(value))).not.toContain(secret);
        expect(value.a[0]).toBe(text);
      }),
    );
    expect(maskSecretsIn({ tokens: 3, idempotency_key: 'k-1', max_tokens: 8, name: 'a' })).toEqual({
      tokens: 3,
      idempotency_key: 'k-1',
      max_tokens: 8,
      name: 'a',
    });
  });

  it('says what to send in the place of a secret', () => {
    const advice = 'send "Authorization: Bearer <token>" (raptorflow token makes one)';
    expect(maskSecrets(advice)).toBe(advice);
  });
});
