import { describe, expect, it } from 'vitest';

import { readPayload } from './payload-text.ts';

describe('a typed payload', () => {
  it('is a JSON object or says why not', () => {
    expect(readPayload('{"a": [1]}')).toEqual({ value: { a: [1] }, problem: null });
    expect(readPayload('{"a":').problem).toContain('This is not JSON');
    for (const text of ['[1]', '"a"', 'null', '3'])
      expect(readPayload(text).problem).toContain('JSON object');
  });
});
