/**
 * The small shapes every resource is made of: ids, times, money, pages.
 *
 * Conventions of the wire: snake_case; times are RFC 3339 UTC with milliseconds; a duration names its unit; money is a
 * decimal string with exactly six digits after the point.
 */
import { z } from 'zod';

/** An id: `<prefix>_<uuidv7>` for rows we made, at most 200 characters of `[A-Za-z0-9._:-]` for anything else. */
export const identifierSchema = z
  .string()
  .min(1)
  .max(200)
  .regex(/^[A-Za-z0-9._:-]+$/u, 'Use letters, digits, ".", "_", ":" and "-" only.');

/** A moment: RFC 3339, UTC, milliseconds, for example `2026-01-31T12:00:00.000Z`. */
export const timestampSchema = z.iso.datetime({ precision: 3 });

/** A moment that somebody asks for: RFC 3339 with any zone and precision, for example `2026-01-31T13:00+01:00`. */
export const momentSchema = z.iso.datetime({
  offset: true,
  error: 'Give a time such as 2026-01-31T12:00:00Z.',
});

/** A calendar day, `YYYY-MM-DD`. */
export const daySchema = z.iso.date();

/** US dollars as a decimal string with six digits after the point, for example `"0.012345"`. */
export const moneySchema = z
  .string()
  .regex(/^\d{1,12}\.\d{6}$/u, 'Write money with six digits after the point, for example "12.500000".');

/** US dollars that may be below zero: a correction gives back what an uncertain call was charged too much. */
export const signedMoneySchema = z
  .string()
  .regex(/^-?\d{1,12}\.\d{6}$/u, 'Write money with six digits after the point, for example "-12.500000".');

/** A calendar month, `YYYY-MM`. */
export const monthSchema = z.string().regex(/^\d{4}-(?:0[1-9]|1[0-2])$/u, 'Write a month such as 2026-11.');

/** A count: a whole number, never negative. */
export const countSchema = z.number().int().nonnegative();

/** A duration in milliseconds; fractions of a millisecond are allowed. */
export const millisecondsSchema = z.number().nonnegative();

/** A JSON object whose keys belong to somebody else (an event's payload, an agent's settings). */
export const jsonObjectSchema = z.record(z.string(), z.unknown());

/** A yes or no in a query: `true`, `1`, `yes`, `on` or their opposites. */
export const queryFlagSchema = z.union([z.boolean(), z.stringbool()]);

/**
 * What every route of a workspace takes in its query. The header `X-Workspace-Id` is preferred; the query serves links
 * that a browser follows by itself, such as downloads.
 */
export const workspaceQuerySchema = z.strictObject({ workspace_id: identifierSchema.optional() });

/** How many rows a list answers at most, and where it goes on: the `next_cursor` of the page before. */
export const pageQuerySchema = workspaceQuerySchema.extend({
  limit: z.coerce.number<number | string>().int().min(1).max(200).default(50),
  cursor: z.string().min(1).max(500).optional(),
});

/** A page of `item`s. `next_cursor` is null on the last page; `total` is present where counting is cheap. */
export function pageSchema<T extends z.ZodType>(item: T) {
  return z.object({
    items: z.array(item),
    next_cursor: z.string().nullable(),
    total: countSchema.optional(),
  });
}

/** What pages have in common, for code that walks any list. */
export interface Page<T> {
  items: T[];
  next_cursor: string | null;
  total?: number | undefined;
}
