import { cpus, freemem, loadavg, totalmem } from 'node:os';
import { RaptorFlowError } from '../../kernel/index.ts';
import type { HostParts, HostSource } from '../host-source.ts';
import type { CpuFigures, HostReading, LoadFigures, MemoryFigures } from '../sample.ts';

const sourcePeriodMsMin = 200;

/** Ticks of one core: in all, and idle. */
interface CoreTimes {
  readonly total: number;
  readonly idle: number;
}

/** Reads what Node itself tells on every platform: processors, memory and load; no disks, no network, no other processes. */
export function nodeOsSource(parts: HostParts): HostSource {
  let before: readonly CoreTimes[] = [];
  return {
    name: 'node-os',
    periodMsMin: sourcePeriodMsMin,
    async open() {
      before = coreTimes();
    },
    read() {
      const now = parts.cpu ? coreTimes() : [];
      const reading: HostReading = {
        ...(parts.cpu && { cpu: cpuBetween(before, now), load: load() }),
        ...(parts.memory && { memory: memory() }),
      };
      before = now;
      return reading;
    },
    async processes() {
      throw new RaptorFlowError(
        'unavailable',
        'On this platform other processes cannot be listed; type: npm install systeminformation',
      );
    },
    close: () => undefined,
  };
}

function coreTimes(): CoreTimes[] {
  return cpus().map(({ times: { user, nice, sys, idle, irq } }) => ({
    total: user + nice + sys + idle + irq,
    idle,
  }));
}

function cpuBetween(before: readonly CoreTimes[], now: readonly CoreTimes[]): CpuFigures {
  let [busySum, totalSum] = [0, 0];
  const perCore = now.map((core, index) => {
    const earlier = before[index] ?? core;
    const total = Math.max(0, core.total - earlier.total);
    const busy = Math.max(0, total - Math.max(0, core.idle - earlier.idle));
    busySum += busy;
    totalSum += total;
    return total === 0 ? 0 : (100 * busy) / total;
  });
  return { percent: totalSum === 0 ? 0 : (100 * busySum) / totalSum, perCore, cores: now.length };
}

/** Swap is not told. Where this process is limited, as in a container, the limit is what there is. */
function memory(): MemoryFigures {
  const constrained = process.constrainedMemory();
  const isLimited = constrained > 0 && constrained < totalmem();
  const totalBytes = isLimited ? constrained : totalmem();
  const availableBytes = Math.min(totalBytes, isLimited ? process.availableMemory() : freemem());
  return {
    totalBytes,
    usedBytes: totalBytes - availableBytes,
    availableBytes,
    percent: (100 * (totalBytes - availableBytes)) / totalBytes,
    swapTotalBytes: 0,
    swapUsedBytes: 0,
  };
}

function load(): LoadFigures {
  const [oneMinute = 0, fiveMinutes = 0, fifteenMinutes = 0] = loadavg();
  return { oneMinute, fiveMinutes, fifteenMinutes };
}
