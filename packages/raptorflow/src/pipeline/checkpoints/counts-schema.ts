import { z } from 'zod';
import type { PipelineCounts } from '../counts.ts';

const count = z.int().nonnegative();

/** Counts as a store has them. */
export const countsSchema: z.ZodType<PipelineCounts> = z.object({
  read: count,
  ingested: count,
  converted: count,
  skipped: count,
  failed: count,
  failures: z.object({ read: count, convert: count, store: count }),
  skips: z.record(z.string(), count),
});
