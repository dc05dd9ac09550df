import { describe, expect, test } from 'vitest';
import { RaptorFlowError } from '../kernel/index.ts';
import { createFakeClock } from '../kernel/testing/index.ts';
import { classify, parseRetryAfter } from './classification.ts';

const withStatus = (statusCode: number, responseHeaders?: Record<string, string>): Error =>
  Object.assign(new Error('answered'), { statusCode, responseHeaders });

describe('classify', () => {
  test('follows the catalogue for errors of ours, and honours the time they name', () => {
    expect(classify(new RaptorFlowError('timeout', 'late')).kind).toBe('retryable');
    expect(classify(new RaptorFlowError('conflict', 'no')).kind).toBe('permanent');
    expect(classify(new RaptorFlowError('cancelled', 'no')).kind).toBe('permanent');
    expect(classify(new RaptorFlowError('exhausted', 'full', { retryAfterMs: 70 }))).toEqual({
      kind: 'throttled',
      retryAfterMs: 70,
    });
  });

  test('judges foreign errors by their HTTP status', () => {
    expect([400, 401, 404, 409, 422].map((status) => classify(withStatus(status)).kind)).toEqual(
      Array(5).fill('permanent'),
    );
    expect([408, 425, 429, 500, 502, 503].map((status) => classify(withStatus(status)).kind)).toEqual(
      Array(6).fill('retryable'),
    );
    expect(classify(withStatus(429, { 'retry-after': '2' }))).toEqual({
      kind: 'throttled',
      retryAfterMs: 2_000,
    });
    const clock = createFakeClock(Date.UTC(2026, 0, 1));
    const headers = new Headers({ 'Retry-After': 'Thu, 01 Jan 2026 00:00:30 GMT' });
    const error = Object.assign(new Error('busy'), { status: 503, headers });
    expect(classify(error, clock)).toEqual({ kind: 'throttled', retryAfterMs: 30_000 });
  });

  test('finds a network failure along the causes, and tells it from a mistake in the program', () => {
    const reset = Object.assign(new Error('reset'), { code: 'ECONNRESET' });
    expect(classify(new TypeError('fetch failed', { cause: reset })).kind).toBe('retryable');
    expect(classify(new TypeError('x is not a function')).kind).toBe('permanent');
    expect(classify(new DOMException('stopped', 'AbortError')).kind).toBe('permanent');
    expect(classify(new Error('who knows')).kind).toBe('retryable');
    expect(classify('a string').kind).toBe('retryable');
  });

  test('reads seconds and dates of Retry-After, and nothing else', () => {
    expect(parseRetryAfter('1.5', 0)).toBe(1_500);
    expect(parseRetryAfter('Thu, 01 Jan 1970 00:00:10 GMT', 4_000)).toBe(6_000);
    expect(parseRetryAfter('Thu, 01 Jan 1970 00:00:10 GMT', 40_000)).toBe(0);
    expect(parseRetryAfter('soon', 0)).toBeUndefined();
    expect(parseRetryAfter(null, 0)).toBeUndefined();
  });
});
