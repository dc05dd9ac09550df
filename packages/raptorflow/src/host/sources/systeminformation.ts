import { loadavg } from 'node:os';
import { RaptorFlowError } from '../../kernel/index.ts';
import type { HostParts, HostSource } from '../host-source.ts';
import type {
  CpuFigures,
  DiskFigures,
  HostProcess,
  HostReading,
  LoadFigures,
  MemoryFigures,
  NetworkFigures,
} from '../sample.ts';

/** The package starts programs of the system for most figures; once a second is what that is worth. */
const sourcePeriodMsMin = 1_000;

type Package = typeof import('systeminformation');

/** Reads through the optional package systeminformation: every platform that it knows, at its cost. `open` rejects with `missing_dependency` without it. */
export function systeminformationSource(parts: HostParts): HostSource {
  let loaded: Package | undefined;
  return {
    name: 'systeminformation',
    periodMsMin: sourcePeriodMsMin,
    async open() {
      loaded = await loadPackage();
      // Its first answers are about the time since the machine started.
      await readAll(loaded, parts);
    },
    read: () => (loaded ? readAll(loaded, parts) : {}),
    processes: async () => readProcesses(loaded ?? (await loadPackage())),
    close() {
      loaded = undefined;
    },
  };
}

async function readAll(from: Package, parts: HostParts): Promise<HostReading> {
  const [cpu, memory, disk, network] = await Promise.all([
    parts.cpu ? readCpu(from) : undefined,
    parts.memory ? readMemory(from) : undefined,
    parts.disk ? readDisk(from) : undefined,
    parts.network ? readNetwork(from) : undefined,
  ]);
  return {
    ...(cpu && { cpu, load: readLoad() }),
    ...(memory && { memory }),
    ...(disk && { disk }),
    ...(network && { network }),
  };
}

async function readCpu(from: Package): Promise<CpuFigures> {
  const { currentLoad, cpus } = await from.currentLoad();
  return {
    percent: share(currentLoad),
    perCore: cpus.map((core) => share(core.load)),
    cores: cpus.length,
  };
}

function readLoad(): LoadFigures {
  const [oneMinute = 0, fiveMinutes = 0, fifteenMinutes = 0] = loadavg();
  return { oneMinute, fiveMinutes, fifteenMinutes };
}

async function readMemory(from: Package): Promise<MemoryFigures | undefined> {
  const { total, available, swaptotal, swapused } = await from.mem();
  if (!(total > 0)) return undefined;
  const availableBytes = Math.min(total, amount(available));
  return {
    totalBytes: total,
    usedBytes: total - availableBytes,
    availableBytes,
    percent: (100 * (total - availableBytes)) / total,
    swapTotalBytes: amount(swaptotal),
    swapUsedBytes: amount(swapused),
  };
}

/** Windows tells neither, and then the package answers null. */
async function readDisk(from: Package): Promise<DiskFigures | undefined> {
  const [bytes, operations] = await Promise.all([from.fsStats(), from.disksIO()]);
  const hasBytes = isTold(bytes);
  const hasOperations = isTold(operations);
  if (!hasBytes && !hasOperations) return undefined;
  return {
    readBytesPerSecond: hasBytes ? amount(bytes.rx_sec) : 0,
    writtenBytesPerSecond: hasBytes ? amount(bytes.wx_sec) : 0,
    readsPerSecond: hasOperations ? amount(operations.rIO_sec) : 0,
    writesPerSecond: hasOperations ? amount(operations.wIO_sec) : 0,
  };
}

async function readNetwork(from: Package): Promise<NetworkFigures> {
  let [receivedBytesPerSecond, sentBytesPerSecond] = [0, 0];
  for (const { iface, rx_sec, tx_sec } of await from.networkStats('*')) {
    if (/^lo\d*$/.test(iface)) continue;
    receivedBytesPerSecond += amount(rx_sec);
    sentBytesPerSecond += amount(tx_sec);
  }
  return { receivedBytesPerSecond, sentBytesPerSecond };
}

async function readProcesses(from: Package): Promise<HostProcess[]> {
  const { list } = await from.processes();
  return list.map(({ pid, parentPid, name, cpu, memRss }) => ({
    pid,
    parentPid,
    name,
    cpuPercent: amount(cpu),
    residentBytes: amount(memRss) * 1_024,
    threads: 1,
  }));
}

function isTold<T>(answer: T | null): answer is T {
  return answer !== null;
}

/** The package answers null, negative or no numbers for what it does not know. */
function amount(value: number | null): number {
  return typeof value === 'number' && value > 0 && Number.isFinite(value) ? value : 0;
}

function share(value: number): number {
  return Math.min(100, amount(value));
}

async function loadPackage(): Promise<Package> {
  try {
    const loaded = await import('systeminformation');
    return loaded.default;
  } catch (cause) {
    throw new RaptorFlowError(
      'missing_dependency',
      'Figures of this platform need the package systeminformation, which is not installed; type: npm install systeminformation',
      { cause },
    );
  }
}
