import { z } from 'zod';
import type { Labels } from './instance.ts';

/** Looks at one label of an alert. A label that is missing counts as empty. */
export interface Matcher {
  readonly label: string;
  /** `like` and `not_like` compare with a text in which `*` stands for any characters. */
  readonly op: 'eq' | 'ne' | 'like' | 'not_like';
  readonly value: string;
}

/** Mutes the notifications of the alerts that it matches, from its beginning to its end. */
export interface Silence {
  readonly id: string;
  /** Null silences alerts of every workspace; otherwise those of this one only. */
  readonly workspaceId: string | null;
  /** All of them have to match. */
  readonly matchers: readonly Matcher[];
  /** Epoch milliseconds. */
  readonly startsAt: number;
  /** Epoch milliseconds. */
  readonly endsAt: number;
  readonly author: string;
  readonly comment: string;
}

/** Checks a matcher. */
export const matcherSchema: z.ZodType<Matcher> = z.strictObject({
  label: z.string().min(1).max(100),
  op: z.enum(['eq', 'ne', 'like', 'not_like']),
  value: z.string().max(1_000),
});

/** Whether an alert with these labels is meant: all matchers match. None match everything. */
export function matches(matchers: readonly Matcher[], labels: Labels): boolean {
  return matchers.every(({ label, op, value }) => tests[op](labels[label] ?? '', value));
}

const tests: Readonly<Record<Matcher['op'], (found: string, value: string) => boolean>> = {
  eq: (found, value) => found === value,
  ne: (found, value) => found !== value,
  like: (found, value) => isLike(found, value),
  not_like: (found, value) => !isLike(found, value),
};

// Without regular expressions: what somebody types must not be able to keep the process busy.
function isLike(text: string, pattern: string): boolean {
  const parts = pattern.split('*');
  const [first = '', ...rest] = parts;
  if (rest.length === 0) return text === pattern;
  const last = rest.pop() ?? '';
  if (!text.startsWith(first) || text.length < first.length + last.length || !text.endsWith(last))
    return false;
  const end = text.length - last.length;
  let from = first.length;
  for (const part of rest) {
    const at = text.indexOf(part, from);
    if (at < 0 || at + part.length > end) return false;
    from = at + part.length;
  }
  return true;
}
