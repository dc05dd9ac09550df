import { mkdtemp, rm } from 'node:fs/promises';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import type { ResourceHandle, ResourceScope } from '../registry/resource.ts';
import type { Tracking } from './tracking.ts';

/** A directory for the time being. */
export interface TemporaryDirectory extends AsyncDisposable {
  readonly path: string;
  readonly handle: ResourceHandle;
}

/** Makes an empty directory among the system's temporary ones, which is removed with everything in it when it is disposed of. Throws as `register` does. */
export async function makeTemporaryDirectory(
  scope: ResourceScope,
  tracking: Tracking & { readonly prefix?: string } = {},
): Promise<TemporaryDirectory> {
  const { prefix = 'raptorflow-', ...whose } = tracking;
  const path = await mkdtemp(join(tmpdir(), prefix));
  const remove = (): Promise<void> => rm(path, { recursive: true, force: true });
  try {
    const handle = scope.register({
      ...whose,
      type: 'temporary_file',
      metadata: { path, ...whose.metadata },
      dispose: remove,
    });
    return { path, handle, [Symbol.asyncDispose]: () => handle[Symbol.asyncDispose]() };
  } catch (error) {
    await remove();
    throw error;
  }
}
