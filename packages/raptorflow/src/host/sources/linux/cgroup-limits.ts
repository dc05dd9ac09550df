import { textOf, type CgroupPlaces } from './cgroup-places.ts';

/** The tightest limit of processor time on this process, and who keeps count of it. */
export interface CpuLimit {
  /** Cores' worth of time, such as 1.5. */
  readonly cores: number;
  /** The file with the time that the limited group has used. */
  readonly usageFile: string;
}

/** The tightest limit of memory on this process. */
export interface MemoryLimit {
  readonly bytes: number;
  /** Swap that the group may use besides; `Infinity` for all of the machine's. */
  readonly swapBytes: number;
  /** The group that is limited. */
  readonly place: string;
}

/** The limits that hold now. They change while a container runs, so ask again at times. */
export interface CgroupLimits {
  readonly cpu: CpuLimit | undefined;
  readonly memory: MemoryLimit | undefined;
  /** Numbers of the cores that may be used; undefined for all. */
  readonly cores: ReadonlySet<number> | undefined;
}

/** Reads the limits. One that is no tighter than the machine, with so many cores and bytes, is none. */
export function readLimits(
  places: CgroupPlaces,
  machine: { readonly cores: number; readonly bytes: number },
): CgroupLimits {
  const cores = coresOf(places, machine.cores);
  const coresMax = cores?.size ?? machine.cores;
  return {
    cpu: tightest(cpuLimits(places), ({ cores: limit }) => limit, coresMax),
    memory: tightest(memoryLimits(places), ({ bytes }) => bytes, machine.bytes),
    cores,
  };
}

function tightest<Limit>(
  limits: readonly Limit[],
  sizeOf: (limit: Limit) => number,
  below: number,
): Limit | undefined {
  let found: Limit | undefined;
  for (const limit of limits) {
    const size = sizeOf(limit);
    if (size > 0 && size < (found === undefined ? below : sizeOf(found))) found = limit;
  }
  return found;
}

function cpuLimits(places: CgroupPlaces): CpuLimit[] {
  return places.cpu.map((place, depth) => {
    if (places.version === 2) {
      const [quota = '', period = ''] = textOf(`${place}/cpu.max`).split(' ');
      return { cores: Number(quota) / Number(period), usageFile: `${place}/cpu.stat` };
    }
    const quota = Number(textOf(`${place}/cpu.cfs_quota_us`));
    const period = Number(textOf(`${place}/cpu.cfs_period_us`));
    return { cores: quota / period, usageFile: `${places.cpuUsage[depth] ?? place}/cpuacct.usage` };
  });
}

function memoryLimits(places: CgroupPlaces): MemoryLimit[] {
  return places.memory.map((place) => {
    if (places.version === 2) {
      const bytes = numberOf(`${place}/memory.max`);
      return { bytes, swapBytes: numberOf(`${place}/memory.swap.max`), place };
    }
    const bytes = numberOf(`${place}/memory.limit_in_bytes`);
    const both = numberOf(`${place}/memory.memsw.limit_in_bytes`);
    return { bytes, swapBytes: Math.max(0, both - bytes), place };
  });
}

/** `max`, and a file that is missing, are no limit. */
function numberOf(path: string): number {
  const text = textOf(path);
  return /^\d+$/.test(text) ? Number(text) : Number.POSITIVE_INFINITY;
}

function coresOf(places: CgroupPlaces, machineCores: number): ReadonlySet<number> | undefined {
  const names = places.version === 2 ? ['cpuset.cpus.effective'] : ['cpuset.effective_cpus', 'cpuset.cpus'];
  for (const place of places.cpuset) {
    for (const name of names) {
      const cores = parseCores(textOf(`${place}/${name}`));
      if (cores.size > 0) return cores.size < machineCores ? cores : undefined;
    }
  }
  return undefined;
}

/** A list such as `0-3,8`. */
function parseCores(text: string): Set<number> {
  const cores = new Set<number>();
  for (const part of text.split(',')) {
    const [, first, last = first] = /^(\d+)(?:-(\d+))?$/.exec(part) ?? [];
    for (let core = Number(first); core <= Math.min(Number(last), 65_535); core += 1) cores.add(core);
  }
  return cores;
}
