import { describe, expect, it } from 'vitest';
import { z } from 'zod';
import { consoleLogger, parseOptions, seededRandom, systemRandom } from './index.ts';

describe('parseOptions', () => {
  const schema = z.strictObject({
    retriesMax: z.int().min(0).default(3),
    names: z.array(z.string()).default([]),
  });

  it('fills defaults and freezes the result', () => {
    const options = parseOptions('The part', schema, {});
    expect(options).toEqual({ retriesMax: 3, names: [] });
    expect(Object.isFrozen(options)).toBe(true);
  });

  it('names the part and every refused field, unknown ones included', () => {
    const attempt = (): unknown =>
      parseOptions('The part', schema, { retriesMax: -1, names: ['a', 2], extra: true });
    expect(attempt).toThrow(/^The part does not accept its options: .*retriesMax: .*names\[1\]: .*extra/s);
    expect(attempt).toThrow(expect.objectContaining({ code: 'invalid_options', kind: 'refused' }));
  });
});

describe('seededRandom', () => {
  it('repeats its sequence for the same seed and spreads over [0, 1)', () => {
    const first = seededRandom(42);
    const second = seededRandom(42);
    const drawn = Array.from({ length: 10_000 }, () => first.next());
    expect(Array.from({ length: 10_000 }, () => second.next())).toEqual(drawn);
    expect(Math.min(...drawn)).toBeGreaterThanOrEqual(0);
    expect(Math.max(...drawn)).toBeLessThan(1);
    expect(drawn.reduce((sum, value) => sum + value, 0) / drawn.length).toBeCloseTo(0.5, 1);
    expect(seededRandom(1).bytes(16)).toEqual(seededRandom(1).bytes(16));
    expect(systemRandom.bytes(16)).toHaveLength(16);
  });
});

describe('consoleLogger', () => {
  it('writes one line per message at or above its level, errors and big integers included', () => {
    const written: string[] = [];
    const original = process.stderr.write;
    process.stderr.write = (chunk: string | Uint8Array): boolean => written.push(String(chunk)) > 0;
    try {
      const logger = consoleLogger('warn').child('bus');
      logger.info('unseen');
      logger.error('broken', { error: new Error('inner'), amount: 5n });
    } finally {
      process.stderr.write = original;
    }
    expect(written).toHaveLength(1);
    expect(written[0]).toMatch(/^ERROR \[bus\] broken \{.*"message":"inner".*"amount":"5"\}\n$/);
  });
});
