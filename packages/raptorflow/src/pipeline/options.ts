import { z } from 'zod';
import type { CheckpointStore } from './checkpoint.ts';
import type { PipelineDeadLetters } from './dead-letter.ts';
import type { PipelineLimits } from './pipeline.ts';

const count = z.int().positive();
const fn = z.custom<(...args: never[]) => unknown>((given) => typeof given === 'function', 'is no function');
const part = <T>(method: string, what: string): z.ZodType<T> =>
  z.custom<T>((given) => typeof given === 'object' && given !== null && method in given, `is ${what}`);

/** What can be checked of a pipeline's options, with every default in its place. */
export interface CheckedPipelineOptions {
  readonly name: string;
  readonly batchSize: number;
  readonly concurrency: number;
  readonly limits: Required<PipelineLimits>;
}

/** Checks the options of `createPipeline` and supplies defaults. */
export const pipelineOptionsSchema: z.ZodType<CheckedPipelineOptions> = z.strictObject({
  name: z.string().regex(/^[a-z0-9][a-z0-9_-]{0,59}$/, 'must be a–z, 0–9, _ and -, at most 60'),
  convert: fn,
  store: fn,
  skip: fn.optional(),
  keyOf: fn.optional(),
  batchSize: count.max(10_000).default(100),
  concurrency: count.max(100).default(4),
  deadLetters: part<PipelineDeadLetters>('bury', 'no store of dead letters; pass busDeadLetters(bus)'),
  checkpoints: part<CheckpointStore>(
    'save',
    'no checkpoint store; pass fileCheckpoints({ path })',
  ).optional(),
  retry: z.record(z.string(), z.unknown()).optional(),
  limits: z
    .strictObject({
      failuresMax: z.int().nonnegative().default(50_000),
      storeMs: count.default(30_000),
      lingerMs: z.int().nonnegative().default(200),
      checkpointMs: z.int().nonnegative().default(200),
    })
    .prefault({}),
});

/** What can be checked of a run's options, with every default in its place. */
export interface CheckedRunOptions {
  readonly id?: string | undefined;
  readonly checkpoint: boolean;
  readonly progressMs: number;
}

/** Checks the options of `run`. */
export const runOptionsSchema: z.ZodType<CheckedRunOptions> = z.strictObject({
  id: z.string().min(1).max(100).optional(),
  checkpoint: z.boolean().default(true),
  signal: z.instanceof(AbortSignal).optional(),
  onProgress: fn.optional(),
  progressMs: z.number().nonnegative().default(1_000),
});
