import { describe, expect, it } from 'vitest';
import { errorCatalogue, invariant, isRaptorFlowError, RaptorFlowError, toRaptorFlowError } from './index.ts';

describe('RaptorFlowError', () => {
  it('takes kind and retryability from the catalogue, and lets one case differ', () => {
    const error = new RaptorFlowError('timeout', 'Too slow.', { details: { deadline_ms: 5 } });
    expect(error).toMatchObject({
      code: 'timeout',
      kind: 'timeout',
      retryable: true,
      details: { deadline_ms: 5 },
    });
    expect(new RaptorFlowError('timeout', 'Too slow.', { retryable: false }).retryable).toBe(false);
  });

  it('is recognised by brand and code, also when it comes from another copy of the class', () => {
    const foreign = Object.assign(new Error('from another copy'), { code: 'timeout' });
    Object.defineProperty(foreign, Symbol.for('raptorflow.error'), { value: true });
    expect(isRaptorFlowError(foreign)).toBe(true);
    expect(isRaptorFlowError(foreign, 'timeout')).toBe(true);
    expect(isRaptorFlowError(foreign, 'conflict')).toBe(false);
    expect(isRaptorFlowError(new Error('plain'))).toBe(false);
    expect(isRaptorFlowError(undefined)).toBe(false);
  });

  it('wraps a foreign error as its cause and leaves its own alone', () => {
    const plain = new TypeError('broken');
    const wrapped = toRaptorFlowError(plain, 'unavailable');
    expect(wrapped.cause).toBe(plain);
    expect(wrapped.message).toBe('broken');
    expect(wrapped.code).toBe('unavailable');
    expect(toRaptorFlowError(wrapped)).toBe(wrapped);
    expect(toRaptorFlowError('text').message).toBe('text');
  });

  it('reports a broken invariant as an internal error', () => {
    const broken: boolean = Number('1') > 2;
    expect(() => invariant(broken, 'one is more than two')).toThrow('one is more than two');
    expect(() => invariant(true, 'never')).not.toThrow();
  });
});

describe('the catalogue', () => {
  it('writes codes in snake_case and meaning and remedy as sentences', () => {
    for (const [code, entry] of Object.entries(errorCatalogue)) {
      expect(code).toMatch(/^[a-z]+(_[a-z0-9]+)*$/);
      expect(entry.kind, code).toMatch(/^[a-z]+(-[a-z]+)*$/);
      expect(entry.meaning, code).toMatch(/^[A-Z`].*\.$/);
      expect(entry.remedy, code).toMatch(/^[A-Z`].*\.$/);
    }
  });
});
