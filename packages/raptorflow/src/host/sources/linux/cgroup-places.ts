import { existsSync, readFileSync } from 'node:fs';

/** Where the control groups of this process lie in the file system: its own first, then those around it. */
export interface CgroupPlaces {
  readonly version: 1 | 2;
  readonly cpu: readonly string[];
  /** Where version 1 counts processor time; the same as `cpu` in version 2. */
  readonly cpuUsage: readonly string[];
  readonly cpuset: readonly string[];
  readonly memory: readonly string[];
}

/** A hierarchy of control groups that is mounted. */
interface Mount {
  /** The group that the mount shows as its root: in a container often not the root of all. */
  readonly shown: string;
  readonly at: string;
  /** Empty for version 2. */
  readonly controllers: readonly string[];
}

/** Deeper nesting than this is not looked at. */
const depthMax = 32;

/**
 * Finds the control groups of this process. Where both versions are mounted, version 1 is told when it holds the processor controller, since a
 * controller belongs to one of them only. Undefined where there are none.
 */
export function findCgroups(root: string): CgroupPlaces | undefined {
  const mounts = readMounts(textOf(`${root}/proc/self/mountinfo`));
  const paths = readPaths(textOf(`${root}/proc/self/cgroup`));
  const placesOf = (controller: string): string[] => {
    const mount = mounts.find(({ controllers }) => controllers.includes(controller));
    return mount ? chainOf(root, mount, paths.get(controller) ?? '/') : [];
  };
  if (mounts.some(({ controllers }) => controllers.includes('cpu') || controllers.includes('memory'))) {
    return {
      version: 1,
      cpu: placesOf('cpu'),
      cpuUsage: placesOf('cpuacct'),
      cpuset: placesOf('cpuset'),
      memory: placesOf('memory'),
    };
  }
  const unified = mounts.find(({ controllers }) => controllers.length === 0);
  if (!unified) return undefined;
  const chain = chainOf(root, unified, paths.get('') ?? '/');
  return { version: 2, cpu: chain, cpuUsage: chain, cpuset: chain, memory: chain };
}

/** Lines such as `31 23 0:28 /shown /at rw - cgroup2 cgroup2 rw`. */
function readMounts(text: string): Mount[] {
  const mounts: Mount[] = [];
  for (const line of text.split('\n')) {
    const [place = '', device = ''] = line.split(' - ');
    const [kind, , options = ''] = device.split(' ');
    const [, , , shown = '/', at = ''] = place.split(' ');
    if (kind === 'cgroup2') mounts.push({ shown, at, controllers: [] });
    if (kind === 'cgroup') mounts.push({ shown, at, controllers: options.split(',') });
  }
  return mounts;
}

/** Lines such as `4:memory:/path`, or `0::/path` for version 2: controller, or nothing, → path. */
function readPaths(text: string): Map<string, string> {
  const paths = new Map<string, string>();
  for (const line of text.split('\n')) {
    const [, controllers, ...rest] = line.split(':');
    if (controllers === undefined || rest.length === 0) continue;
    for (const controller of controllers.split(',')) paths.set(controller, rest.join(':'));
  }
  return paths;
}

function chainOf(root: string, { shown, at }: Mount, path: string): string[] {
  const isBelow = shown !== '/' && (path === shown || path.startsWith(`${shown}/`));
  const steps = (isBelow ? path.slice(shown.length) : path).split('/').filter((step) => step !== '');
  // A path from outside of the container does not exist inside; there the mount itself is the container's group.
  const isForeign = steps.includes('..') || !existsSync(`${root}${at}/${steps.join('/')}`);
  const chain: string[] = [];
  if (!isForeign) {
    for (let depth = steps.length; depth > 0 && chain.length < depthMax; depth -= 1) {
      chain.push(`${root}${at}/${steps.slice(0, depth).join('/')}`);
    }
  }
  chain.push(`${root}${at}`);
  return chain;
}

/** The text of a small kernel file; empty where it cannot be read. */
export function textOf(path: string): string {
  try {
    return readFileSync(path, 'latin1').trim();
  } catch {
    return '';
  }
}
