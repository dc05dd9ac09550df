import { describe, expect, it } from 'vitest';
import { z } from 'zod';
import { instructionFor } from './issue-words.ts';

function instructions(schema: z.ZodType, input: unknown): string[] {
  const parsed = schema.safeParse(input);
  return (parsed.error?.issues ?? []).map((issue) =>
    instructionFor({ code: issue.code, message: issue.message, params: { ...issue } }),
  );
}

describe('a finding of the schema library', () => {
  it.for([
    [z.object({ name: z.string() }), {}, 'Give a string; it is missing'],
    [z.string(), 7, 'Give a string, not a number'],
    [z.object({}), null, 'Give an object, not null'],
    [z.array(z.string()), { a: 1 }, 'Give an array, not an object'],
    [z.coerce.number(), 'abc', 'Give a number'],
    [z.number().int(), 1.5, 'Give a whole number, not a number'],
    [z.string().min(1), '', 'Give at least 1 character'],
    [z.string().max(3), 'abcd', 'Give at most 3 characters'],
    [z.array(z.string()).min(1), [], 'Give at least 1 item'],
    [z.number().min(0), -1, 'Give a number of at least 0'],
    [z.number().max(65_535), 99_999, 'Give a number of at most 65,535'],
    [z.enum(['markdown', 'html']), '../x', 'Give one of "markdown", "html"'],
    [z.literal(true), false, 'Give true'],
    [z.strictObject({}), { id: 1, role: 2 }, 'Leave out "id", "role": it is not known here'],
  ] as const)('becomes an instruction: %#', ([schema, input, instruction]) => {
    expect(instructions(schema, input)).toEqual([instruction]);
  });

  it('stays as it is where our own schema says what to do, without its full stop', () => {
    expect(instructions(z.string().regex(/^a/, 'Begin with an "a".'), 'b')).toEqual(['Begin with an "a"']);
  });
});
