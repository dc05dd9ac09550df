import { z } from 'zod';
import { listIssues, RaptorFlowError } from '../kernel/index.ts';
import type { FollowOptions } from './feed.ts';
import { levelNames, type RaptorLogLevel } from './level.ts';
import { tailMax } from './tail.ts';

const optionsSchema = z.strictObject({
  level: z.enum(levelNames as [RaptorLogLevel, ...RaptorLogLevel[]]).optional(),
  text: z.string().max(1_000).optional(),
  last: z.int().min(0).max(tailMax).optional(),
  signal: z.instanceof(AbortSignal).optional(),
});

/** Throws `invalid_input` naming what is not as it should be. */
export function checkFollowOptions(options: FollowOptions): void {
  const result = optionsSchema.safeParse(options);
  if (result.success) return;
  const issues = listIssues(result.error);
  const lines = issues.map(({ path, message }) => `${path}: ${message}`);
  throw new RaptorFlowError('invalid_input', `The log cannot be followed like this: ${lines.join('; ')}.`, {
    details: { issues },
  });
}
