import { spawn, type ChildProcess, type SpawnOptions } from 'node:child_process';
import type { OwnedTree } from '../leases/owned-tree.ts';
import { markedEnvironment } from '../leases/process-marker.ts';
import { cpuTicksOf } from '../leases/process-table.ts';
import type { ResourceHandle, ResourceScope } from '../registry/resource.ts';
import type { Tracking } from './tracking.ts';

/** A child process and its place among the resources. */
export interface TrackedChild {
  readonly child: ChildProcess;
  readonly handle: ResourceHandle;
}

/**
 * Starts a program and tracks it with everything that it starts, until the last process of it has ended. Closing it ends all of them: politely first, by force a
 * second later. When this process dies, however that comes about, they are ended within seconds. The program gets a process group of its own, and on Linux one variable
 * more in its environment, by which even what leaves its parents is found. Throws as `register` does.
 */
export function spawnTracked(
  scope: ResourceScope,
  command: string,
  args: readonly string[] = [],
  options: SpawnOptions & { readonly tracking?: Tracking } = {},
): TrackedChild {
  const { tracking, ...rest } = options;
  // Told before there is a process, so that none is forgotten when this one is killed in between.
  const tree = scope.trees.announce();
  try {
    const child = spawn(command, args, {
      ...rest,
      detached: true,
      env: markedEnvironment(tree.marker, rest.env),
    });
    return { child, handle: trackTree(scope, child, tree, tracking) };
  } catch (error) {
    tree.forget();
    throw error;
  }
}

/**
 * Tracks a child process that was started elsewhere with everything that it starts. What leaves its parents and its session within a second of its start
 * is not found again; `spawnTracked` finds that, too. Throws as `register` does.
 */
export function trackChildProcess(
  scope: ResourceScope,
  child: ChildProcess,
  tracking: Tracking = {},
): ResourceHandle {
  return trackTree(scope, child, scope.trees.announceUnmarked(), tracking);
}

function trackTree(
  scope: ResourceScope,
  child: ChildProcess,
  tree: OwnedTree,
  tracking: Tracking = {},
): ResourceHandle {
  const { pid } = child;
  let handle: ResourceHandle;
  try {
    handle = scope.register({
      ...tracking,
      type: 'process',
      metadata: { pid, command: child.spawnfile, ...tracking.metadata },
      dispose: () => tree.kill(),
      activity: () => (pid === undefined ? Number.NaN : cpuTicksOf(pid)),
    });
  } catch (error) {
    tree.forget();
    throw error;
  }
  const over = (): void => {
    tree.forget();
    handle.release();
  };
  // A program that could not be started has no number and tells an error instead of an end.
  if (pid === undefined) {
    child.once('error', over);
    return handle;
  }
  tree.begin(pid);
  const onExit = (): void => {
    void tree.isAlive().then((isAlive) => {
      if (!isAlive) over();
    }, over);
  };
  if (child.exitCode !== null || child.signalCode !== null) onExit();
  else child.once('exit', onExit);
  return handle;
}
