import { open, readFile, rename, type FileHandle } from 'node:fs/promises';
import { dirname } from 'node:path';
import { z } from 'zod';
import { parseOptions, RaptorFlowError } from '../../kernel/index.ts';
import type { Checkpoint, CheckpointStore } from '../checkpoint.ts';
import { countsSchema } from './counts-schema.ts';

/** Where checkpoints are kept. */
export interface FileCheckpointsOptions {
  /** The file; made at the first checkpoint. Its folder exists. */
  readonly path: string;
  /** The file is written anew with only the newest checkpoints when it has grown beyond this. Default 1 MiB. */
  readonly fileBytesMax?: number;
}

const optionsSchema = z.strictObject({
  path: z.string().min(1),
  fileBytesMax: z
    .int()
    .positive()
    .default(1024 * 1024),
});

const checkpointSchema = z.object({
  id: z.string(),
  startedAt: z.number(),
  finishedAt: z.number().nullable(),
  counts: countsSchema,
});
const lineSchema = z.union([z.object({ checkpoint: checkpointSchema }), z.object({ forgotten: z.string() })]);

/**
 * Checkpoints in a file of lines, each synced to the disk before `save` resolves. A last line that a crash cut off is not there;
 * any other line that is none is `storage_corrupt`. Throws `invalid_options`.
 */
export function fileCheckpoints(options: FileCheckpointsOptions): CheckpointStore {
  return new FileCheckpoints(parseOptions('fileCheckpoints', optionsSchema, options));
}

class FileCheckpoints implements CheckpointStore {
  readonly #path: string;
  readonly #bytesMax: number;
  #kept: Map<string, Checkpoint> | undefined;
  #handle: FileHandle | undefined;
  #bytes = 0;
  // One change after the other, so that lines do not mix and a rewrite sees every line before it.
  #turn: Promise<unknown> = Promise.resolve();

  constructor(options: { readonly path: string; readonly fileBytesMax: number }) {
    this.#path = options.path;
    this.#bytesMax = options.fileBytesMax;
  }

  load(id: string): Promise<Checkpoint | null> {
    return this.#inTurn(async () => (await this.#read()).get(id) ?? null);
  }

  save(given: Checkpoint): Promise<void> {
    const checkpoint = structuredClone(given);
    return this.#inTurn(async () => {
      (await this.#read()).set(checkpoint.id, checkpoint);
      await this.#append({ checkpoint });
    });
  }

  forget(id: string): Promise<void> {
    return this.#inTurn(async () => {
      if ((await this.#read()).delete(id)) await this.#append({ forgotten: id });
    });
  }

  close(): Promise<void> {
    return this.#inTurn(async () => {
      await this.#handle?.close();
      this.#handle = undefined;
    });
  }

  #inTurn<Result>(work: () => Promise<Result>): Promise<Result> {
    const result = this.#turn.then(work, work);
    this.#turn = result.catch(() => undefined);
    return result;
  }

  async #read(): Promise<Map<string, Checkpoint>> {
    if (this.#kept) return this.#kept;
    const kept = new Map<string, Checkpoint>();
    const text = await readFile(this.#path, 'utf8').catch((error: unknown) => {
      if (isAbsent(error)) return '';
      throw new RaptorFlowError('unavailable', `The checkpoints in ${this.#path} cannot be read.`, {
        cause: error,
      });
    });
    const lines = text.split('\n');
    // Behind the last line end stands nothing, or a line that a crash cut off.
    const whole = lines.slice(0, -1);
    for (const [at, line] of whole.entries()) this.#take(kept, line, at + 1);
    this.#kept = kept;
    if (lines.at(-1) !== '') await this.#rewrite();
    return kept;
  }

  #take(kept: Map<string, Checkpoint>, line: string, number: number): void {
    let value: unknown;
    try {
      value = JSON.parse(line);
    } catch {
      value = null;
    }
    const parsed = lineSchema.safeParse(value);
    if (!parsed.success) {
      throw new RaptorFlowError(
        'storage_corrupt',
        `Line ${number} of ${this.#path} is no checkpoint; restore the file, or remove it to begin anew.`,
        { details: { path: this.#path, line: number } },
      );
    }
    if ('checkpoint' in parsed.data) kept.set(parsed.data.checkpoint.id, parsed.data.checkpoint);
    else kept.delete(parsed.data.forgotten);
  }

  async #append(line: object): Promise<void> {
    if (this.#bytes > this.#bytesMax) {
      await this.#rewrite();
      return;
    }
    if (!this.#handle) {
      this.#handle = await open(this.#path, 'a');
      this.#bytes = (await this.#handle.stat()).size;
      if (this.#bytes === 0) await syncFolder(this.#path);
    }
    const text = `${JSON.stringify(line)}\n`;
    await this.#handle.appendFile(text);
    await this.#handle.datasync();
    this.#bytes += Buffer.byteLength(text);
  }

  /** Puts a file with the newest checkpoints in the place of this one; a crash leaves one of the two, whole. */
  async #rewrite(): Promise<void> {
    await this.#handle?.close();
    this.#handle = undefined;
    const lines = [...(this.#kept ?? new Map<string, Checkpoint>()).values()].map(
      (checkpoint) => `${JSON.stringify({ checkpoint })}\n`,
    );
    const beside = `${this.#path}.new`;
    const handle = await open(beside, 'w');
    try {
      await handle.writeFile(lines.join(''));
      await handle.sync();
    } finally {
      await handle.close();
    }
    await rename(beside, this.#path);
    await syncFolder(this.#path);
    this.#bytes = 0;
  }
}

/** A new name in a folder is durable once the folder is. */
async function syncFolder(path: string): Promise<void> {
  const folder = await open(dirname(path), 'r');
  try {
    await folder.sync();
  } finally {
    await folder.close();
  }
}

function isAbsent(error: unknown): boolean {
  return typeof error === 'object' && error !== null && 'code' in error && error.code === 'ENOENT';
}
