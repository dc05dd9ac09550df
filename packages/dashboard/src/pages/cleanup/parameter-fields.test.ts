import { describe, expect, it } from 'vitest';

import {
  parameterFields,
  parameterProblems,
  parametersIn,
  parameterWords,
  textsOf,
} from './parameter-fields.ts';

/** As the server writes the schemas of its actions. */
const schema = {
  $schema: 'https://json-schema.org/draft/2020-12/schema',
  type: 'object',
  properties: {
    resource_type: { type: 'string', minLength: 1, maxLength: 100 },
    keep_days: { type: 'number', exclusiveMinimum: 0, maximum: 3_650, default: 30 },
    rooms: {
      type: 'integer',
      minimum: 1,
      maximum: Number.MAX_SAFE_INTEGER,
      description: 'How many rooms are swept.',
    },
    order: { type: 'string', enum: ['oldest', 'largest'] },
    dry: { type: 'boolean' },
    skip: { type: 'array', items: { type: 'string' } },
  },
  required: ['rooms'],
  additionalProperties: false,
};
const fields = parameterFields(schema) ?? [];
const sound = { rooms: '2' };

describe('the parameters of an action', () => {
  it('are fields with their kind, what may be written, and what holds without it', () => {
    expect(
      fields.map(({ name, kind, label, hint, fallback }) => [name, kind, label, hint, fallback]),
    ).toEqual([
      ['resource_type', 'text', 'Resource type (optional)', '', ''],
      ['keep_days', 'number', 'Keep days (optional)', 'Above 0, at most 3650.', '30'],
      ['rooms', 'number', 'Rooms', 'How many rooms are swept. At least 1.', ''],
      ['order', 'choice', 'Order (optional)', '', ''],
      ['dry', 'flag', 'Dry (optional)', '', ''],
      ['skip', 'json', 'Skip (optional)', '', ''],
    ]);
    expect(fields[3]?.choices).toEqual(['oldest', 'largest']);
    expect(parameterFields({ type: 'object', properties: {} })).toEqual([]);
    expect(parameterFields({ type: 'object', additionalProperties: {} })).toBeNull();
  });

  it('are sent as what they are, and what is empty is not sent', () => {
    const texts = { ...sound, keep_days: '7.5', resource_type: ' lock ', dry: 'false', skip: '["a"]' };
    expect(parametersIn(fields, texts)).toEqual({
      rooms: 2,
      keep_days: 7.5,
      resource_type: 'lock',
      dry: false,
      skip: ['a'],
    });
    expect(parametersIn(fields, { ...sound, keep_days: ' ' })).toEqual({ rooms: 2 });
  });

  it('come back into their fields as they were', () => {
    const parameters = { rooms: 2, keep_days: 7.5, dry: true, skip: ['a'], order: 'oldest' };
    expect(parametersIn(fields, textsOf(parameters))).toEqual(parameters);
    expect(parameterWords({ keep_days: 30, skip: ['a'] })).toBe('keep_days=30, skip=["a"]');
    expect(parameterWords({})).toBe('');
  });

  it.each([
    [{ rooms: '' }, { rooms: 'It is needed.' }],
    [{ rooms: '1.5' }, { rooms: 'Write a whole number.' }],
    [{ rooms: '0' }, { rooms: 'How many rooms are swept. At least 1.' }],
    [{ keep_days: 'many' }, { keep_days: 'Write a number.' }],
    [{ keep_days: '0' }, { keep_days: 'Above 0, at most 3650.' }],
    [{ keep_days: '4000' }, { keep_days: 'Above 0, at most 3650.' }],
    [{ skip: 'a, b' }, { skip: 'Write it as JSON, such as {"days": 30} or ["a", "b"].' }],
  ])('are refused like %j', (change, problems) => {
    expect(parameterProblems(fields, { ...sound, ...change })).toEqual(problems);
  });
});
