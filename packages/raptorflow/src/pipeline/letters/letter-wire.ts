import { z } from 'zod';
import type { FailedItem } from '../dead-letter.ts';

const stage = z.enum(['read', 'convert', 'store']);
const payloadSchema = z.object({
  key: z.string(),
  pipeline: z.string(),
  run: z.string(),
  run_started_at: z.number(),
  stage,
  item: z.unknown(),
  text: z.string().nullable(),
  position: z.object({ line: z.number().optional(), offset: z.number().optional() }).nullable(),
  error: z.object({ name: z.string(), message: z.string(), code: z.string().nullable() }),
  attempts: z.array(
    z.object({
      stage,
      attempt: z.number(),
      together: z.number(),
      at: z.string(),
      error: z.string(),
    }),
  ),
});

/** A failed item as the payload of an event. One that would be larger than `bytesMax` keeps the beginning of its text only. */
export function failedItemToWire(failed: FailedItem, bytesMax: number): unknown {
  const { runStartedAt, item, ...rest } = failed;
  const whole = { ...rest, item: item ?? null, run_started_at: runStartedAt };
  const text = textOf(item);
  // What stands beside the item is bounded: messages are cut and attempts are at most twenty.
  if (text !== null && Buffer.byteLength(text) <= bytesMax - 12 * 1024) return whole;
  return {
    ...whole,
    item: null,
    text: (failed.text ?? text ?? 'The item has no JSON form.').slice(0, 2 * 1024),
  };
}

/** The item of a payload; undefined when it is none. */
export function failedItemFromWire(payload: unknown): FailedItem | undefined {
  const parsed = payloadSchema.safeParse(payload);
  if (!parsed.success) return undefined;
  const { run_started_at: runStartedAt, position, ...rest } = parsed.data;
  return {
    ...rest,
    runStartedAt,
    position: position && {
      ...(position.line !== undefined && { line: position.line }),
      ...(position.offset !== undefined && { offset: position.offset }),
    },
  };
}

function textOf(item: unknown): string | null {
  try {
    return JSON.stringify(item ?? null);
  } catch {
    return null;
  }
}
