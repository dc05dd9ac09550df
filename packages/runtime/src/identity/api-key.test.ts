import fc from 'fast-check';
import { seededRandom, systemRandom } from 'raptorflow/kernel';
import { describe, expect, test } from 'vitest';
import { looksLikeApiKey, newApiKey, readApiKey } from './api-key.ts';
import { matchesHash, secretHash } from './secret.ts';

describe('the text of an API key', () => {
  test('reads as the parts that it was made of, whatever the random bits', () => {
    fc.assert(
      fc.property(fc.integer(), (seed) => {
        const { prefix, secret, text } = newApiKey(seededRandom(seed));
        expect(readApiKey(text)).toEqual({ prefix, secret });
        expect(looksLikeApiKey(text)).toBe(true);
      }),
    );
  });

  test('is read whole or not at all: cut, lengthened or with another letter it is no key, or another', () => {
    fc.assert(
      fc.property(fc.nat(58), fc.string({ minLength: 1, maxLength: 3 }), (at, put) => {
        const { text, secret, prefix } = newApiKey(systemRandom);
        const hash = secretHash(secret);
        for (const changed of [text.slice(0, at), text.slice(0, at) + put + text.slice(at + 1), text + put]) {
          const read = readApiKey(changed);
          if (changed === text || read === undefined) continue;
          expect(read.prefix === prefix && matchesHash(read.secret, hash)).toBe(false);
        }
      }),
    );
  });

  test('is never read out of anything else', () => {
    fc.assert(
      fc.property(fc.string(), (text) => {
        expect(readApiKey(text)).toBeUndefined();
        expect(readApiKey(`rf_${text}`)).toBeUndefined();
      }),
    );
  });

  test('differs from every other one, and no token of another kind looks like one', () => {
    const made = Array.from({ length: 1_000 }, () => newApiKey(systemRandom));
    expect(new Set(made.map(({ prefix }) => prefix)).size).toBe(1_000);
    expect(new Set(made.map(({ secret }) => secret)).size).toBe(1_000);
    expect(looksLikeApiKey('eyJhbGciOiJIUzI1NiJ9.e30.x')).toBe(false);
  });
});
