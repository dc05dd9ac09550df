import { RaptorFlowError, type Clock } from '../../kernel/index.ts';
import type { HostParts, HostSource } from '../host-source.ts';
import type { CpuFigures, HostReading, LoadFigures, MemoryFigures } from '../sample.ts';
import { ByteCursor } from './linux/byte-cursor.ts';
import { readLimits, type CgroupLimits } from './linux/cgroup-limits.ts';
import { findCgroups, textOf, type CgroupPlaces } from './linux/cgroup-places.ts';
import { CgroupUsage } from './linux/cgroup-usage.ts';
import { DiskTraffic } from './linux/disk-traffic.ts';
import { HeldFile, procBytesMax } from './linux/held-file.ts';
import { readProcesses } from './linux/linux-processes.ts';
import { readMemoryInfo, type MachineMemory } from './linux/memory-info.ts';
import { NetworkTraffic } from './linux/network-traffic.ts';
import { ProcessorTimes } from './linux/processor-times.ts';

/** Limits of a container change seldom. */
const limitsKeptMs = 30_000;
/** The kernel works load out anew every five seconds. */
const loadKeptMs = 1_000;
const sourcePeriodMsMin = 50;
const noLimits: CgroupLimits = { cpu: undefined, memory: undefined, cores: undefined };

/** What the source is given. */
export interface LinuxSourceDeps {
  readonly clock: Clock;
  /** What stands before `/proc` and `/sys`; nothing but in tests. */
  readonly root: string;
}

/** Reads `/proc` and the control groups through files that stay open, in one buffer, without a child process. */
export function linuxSource(parts: HostParts, deps: LinuxSourceDeps): HostSource {
  let reader: LinuxReader | undefined;
  return {
    name: 'linux',
    periodMsMin: sourcePeriodMsMin,
    async open() {
      if (textOf(`${deps.root}/proc/stat`) === '') {
        throw new RaptorFlowError('unavailable', `${deps.root}/proc/stat cannot be read; mount /proc.`);
      }
      reader = new LinuxReader(parts, deps);
      reader.read();
    },
    read: () => reader?.read() ?? {},
    processes: () => readProcesses(deps.root, deps.clock),
    close() {
      reader?.close();
      reader = undefined;
    },
  };
}

class LinuxReader {
  readonly #parts: HostParts;
  readonly #clock: Clock;
  readonly #cursor = new ByteCursor(Buffer.allocUnsafeSlow(procBytesMax));
  readonly #files: Readonly<Record<'stat' | 'memory' | 'load' | 'disk' | 'network', HeldFile>>;
  readonly #times = new ProcessorTimes();
  readonly #disk: DiskTraffic;
  readonly #network: NetworkTraffic;
  readonly #places: CgroupPlaces | undefined;
  readonly #usage: CgroupUsage | undefined;
  #limits = noLimits;
  #limitsAt: number = Number.NEGATIVE_INFINITY;
  #readAt: number;
  #loadFigures: LoadFigures | undefined;
  #loadAt: number = Number.NEGATIVE_INFINITY;
  #machine: MachineMemory | undefined;

  constructor(parts: HostParts, { clock, root }: LinuxSourceDeps) {
    const file = (name: string, isOnePiece = true): HeldFile =>
      new HeldFile(`${root}/proc/${name}`, isOnePiece);
    this.#parts = parts;
    this.#clock = clock;
    this.#files = {
      stat: file('stat'),
      memory: file('meminfo'),
      load: file('loadavg'),
      disk: file('diskstats', false),
      network: file('net/dev', false),
    };
    this.#disk = new DiskTraffic(root);
    this.#network = new NetworkTraffic(root);
    this.#places = findCgroups(root);
    this.#usage = this.#places && new CgroupUsage(this.#places.version, this.#cursor, this.#open);
    this.#readAt = clock.monotonic();
  }

  read(): HostReading {
    const now = this.#clock.monotonic();
    const elapsedMs = Math.max(1, now - this.#readAt);
    this.#readAt = now;
    const { cpu, memory, disk, network } = this.#parts;
    const reading: { -readonly [Part in keyof HostReading]: HostReading[Part] } = {};
    const hasTimes = cpu && this.#open(this.#files.stat);
    if (hasTimes) this.#times.take(this.#cursor);
    const hasMemory = memory && this.#open(this.#files.memory);
    if (hasMemory) this.#machine = readMemoryInfo(this.#cursor);
    if (now - this.#limitsAt >= limitsKeptMs) this.#look(now);
    if (hasTimes) this.#addCpu(reading, elapsedMs, now);
    if (hasMemory) this.#addMemory(reading, now);
    if (disk && this.#open(this.#files.disk)) {
      this.#disk.take(this.#cursor);
      reading.disk = this.#disk.figures(elapsedMs / 1_000);
    }
    if (network && this.#open(this.#files.network)) {
      this.#network.take(this.#cursor);
      reading.network = this.#network.figures(elapsedMs / 1_000);
    }
    return reading;
  }

  close(): void {
    for (const file of Object.values(this.#files)) file.close();
    this.#usage?.close();
  }

  #addCpu(reading: { cpu?: CpuFigures; load?: LoadFigures }, elapsedMs: number, now: number): void {
    const { cores } = this.#limits;
    const perCore = this.#times.perCore(cores);
    const limited = this.#usage?.cpu(elapsedMs);
    // The machine's share says nothing about the limit, so for a moment there is none.
    if (this.#limits.cpu && !limited) return;
    reading.cpu = {
      percent: limited?.percent ?? this.#times.percent(cores),
      perCore,
      cores: limited?.cores ?? perCore.length,
    };
    if (now - this.#loadAt >= loadKeptMs) this.#load(now);
    if (this.#loadFigures) reading.load = this.#loadFigures;
  }

  #addMemory(reading: { memory?: MemoryFigures }, now: number): void {
    const machine = this.#machine;
    if (!machine) return;
    const { total, available, swapTotal, swapFree } = machine;
    reading.memory = this.#usage?.memory(machine, now) ?? {
      totalBytes: total,
      usedBytes: total - available,
      availableBytes: available,
      percent: (100 * (total - available)) / total,
      swapTotalBytes: swapTotal,
      swapUsedBytes: swapTotal - swapFree,
    };
  }

  /** Load is written with two digits behind the point: `0.52 0.58 0.59 …`. */
  #load(now: number): void {
    this.#loadAt = now;
    this.#loadFigures = undefined;
    if (!this.#open(this.#files.load)) return;
    const cursor = this.#cursor;
    const next = (): number => {
      const whole = Math.max(0, cursor.number());
      cursor.position += 1;
      return whole + Math.max(0, cursor.number()) / 100;
    };
    this.#loadFigures = { oneMinute: next(), fiveMinutes: next(), fifteenMinutes: next() };
  }

  #look(now: number): void {
    this.#limitsAt = now;
    if (!this.#places || !this.#usage) return;
    this.#limits = readLimits(this.#places, {
      cores: this.#times.count || Number.POSITIVE_INFINITY,
      bytes: this.#machine?.total ?? Number.POSITIVE_INFINITY,
    });
    this.#usage.follow(this.#limits);
  }

  readonly #open = (file: HeldFile): boolean => {
    const length = file.readInto(this.#cursor.bytes);
    this.#cursor.begin(length);
    return length > 0;
  };
}
