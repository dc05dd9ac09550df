import { z } from 'zod';
import { levelNames, type RaptorLogLevel } from './level.ts';

/** Options of `createRaptorLog`. */
export interface RaptorLogOptions {
  /** The file. Its folder is made if need be; rotated files lie beside it. One process writes one file. */
  readonly file: string;
  /** Lines below it are not written. Default `INFO`. */
  readonly level?: RaptorLogLevel;
  /** The file is rotated before it grows beyond, megabytes of 1,048,576 bytes. Default 50. */
  readonly maxSizeMb?: number;
  /** Rotated files that are kept, compressed. Default 5. */
  readonly keepFiles?: number;
  /** The file is rotated when its first line is so old, and rotated files are removed so long after their last one. Default: never for its age. */
  readonly maxAgeDays?: number;
  /** Lines wait at most so long before they are handed to the file; a process that is killed loses no more. Default 200. */
  readonly flushEveryMs?: number;
  /**
   * What lines that wait may take in memory, at two bytes a character. A program that logs faster than the file takes it in then waits
   * for the file. Default 1,048,576.
   */
  readonly bufferBytesMax?: number;
  /** Whether every sample becomes a performance line, instead of one line a second with their means. Default false. */
  readonly everySample?: boolean;
}

/** The options with every default in its place. */
export interface ResolvedRaptorLogOptions {
  readonly file: string;
  readonly level: RaptorLogLevel;
  readonly maxSizeMb: number;
  readonly keepFiles: number;
  /** Null: never for its age. */
  readonly maxAgeDays: number | null;
  readonly flushEveryMs: number;
  readonly bufferBytesMax: number;
  readonly everySample: boolean;
}

/** Checks options and supplies defaults. */
export const raptorLogOptionsSchema: z.ZodType<ResolvedRaptorLogOptions> = z.strictObject({
  file: z.string().min(1).max(4_096),
  level: z.enum(levelNames as [RaptorLogLevel, ...RaptorLogLevel[]]).default('INFO'),
  maxSizeMb: z.number().min(0.001).max(1_048_576).default(50),
  keepFiles: z.int().nonnegative().max(1_000).default(5),
  maxAgeDays: z
    .number()
    .min(0.001)
    .max(36_500)
    .optional()
    .transform((days) => days ?? null),
  flushEveryMs: z.int().min(1).max(60_000).default(200),
  bufferBytesMax: z
    .int()
    .min(4_096)
    .max(1 << 30)
    .default(1 << 20),
  everySample: z.boolean().default(false),
});
