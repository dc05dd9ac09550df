import { describe, expect, it } from 'vitest';
import type { Invocation } from '../command.ts';
import { parameterRows, parametersIn, parametersText } from './cleanup-parameters.ts';

const read = (pairs: string[] | undefined, present = {}) =>
  parametersIn({ options: { parameter: pairs } } as unknown as Invocation, present);

describe('the parameters of a cleanup task', () => {
  it('are JSON where they read as such and text otherwise, beside those that were there', () => {
    expect(
      read(['days=30', 'kind=file_handle', 'of="30"', 'deep={"a":[1]}', 'sum=a=b'], { kept: true }),
    ).toEqual({
      kept: true,
      days: 30,
      kind: 'file_handle',
      of: '30',
      deep: { a: [1] },
      sum: 'a=b',
    });
    expect(read(['kept='], { kept: true })).toEqual({});
    expect(read(undefined, { kept: true })).toBeUndefined();
    expect(() => read(['days'])).toThrow(
      expect.objectContaining({
        code: 'invalid_input',
        message: '--parameter takes NAME=VALUE, not "days".',
      }),
    );
  });

  it('are told as they are written, and with what they may be', () => {
    expect(parametersText({ days: 30, kind: 'file_handle' })).toBe('days=30 kind=file_handle');
    expect(
      parameterRows({
        type: 'object',
        required: ['kind'],
        properties: {
          kind: { type: 'string', minLength: 1 },
          days: { type: 'integer', exclusiveMinimum: 0, maximum: 3_650, default: 30 },
          how: { enum: ['fast', 'slow'], default: 'fast' },
          any: {},
        },
      }),
    ).toEqual([
      ['kind', 'string, required'],
      ['days', 'whole number, above 0, at most 3650, default 30'],
      ['how', 'one of fast, slow, default fast'],
      ['any', 'any value'],
    ]);
    expect(parameterRows({ type: 'object' })).toEqual([]);
  });
});
