import type { CpuFigures, MemoryFigures } from '../../sample.ts';
import { bytesOf, type ByteCursor } from './byte-cursor.ts';
import type { CgroupLimits, CpuLimit, MemoryLimit } from './cgroup-limits.ts';
import { HeldFile } from './held-file.ts';
import type { MachineMemory } from './memory-info.ts';

const usageKey = bytesOf('usage_usec');
const inactiveKeys = [bytesOf('total_inactive_file '), bytesOf('inactive_file ')] as const;
/** Adding up what a group's memory is made of costs the kernel more than all else that is read here. */
const inactiveKeptMs = 1_000;
const swapNames = { 1: 'memory.memsw.usage_in_bytes', 2: 'memory.swap.current' } as const;
const currentNames = { 1: 'memory.usage_in_bytes', 2: 'memory.current' } as const;

/** Reads one file whole; answers false when it cannot be read now. */
export type ReadFile = (file: HeldFile) => boolean;

/** What a control group with limits uses, through files that stay open. */
export class CgroupUsage {
  readonly #version: 1 | 2;
  readonly #cursor: ByteCursor;
  readonly #read: ReadFile;
  #cpu: { readonly limit: CpuLimit; readonly file: HeldFile; usedMs: number } | undefined;
  #memory: MemoryFiles | undefined;

  constructor(version: 1 | 2, cursor: ByteCursor, read: ReadFile) {
    this.#version = version;
    this.#cursor = cursor;
    this.#read = read;
  }

  /** Follows the limits that hold now. */
  follow({ cpu, memory }: CgroupLimits): void {
    if (cpu?.usageFile === this.#cpu?.limit.usageFile && cpu && this.#cpu) {
      this.#cpu = { ...this.#cpu, limit: cpu };
    } else {
      this.#cpu?.file.close();
      this.#cpu = cpu && { limit: cpu, file: new HeldFile(cpu.usageFile), usedMs: Number.NaN };
      if (this.#cpu) this.#cpu.usedMs = this.#usedMs(this.#cpu.file);
    }
    if (memory?.place === this.#memory?.limit.place && memory && this.#memory) {
      this.#memory.limit = memory;
    } else {
      this.#memory?.close();
      this.#memory = memory && new MemoryFiles(memory, this.#version);
    }
  }

  /** Busy percent of the limit over so many milliseconds; undefined without a limit, or when it cannot be read now. */
  cpu(elapsedMs: number): Pick<CpuFigures, 'percent' | 'cores'> | undefined {
    const cpu = this.#cpu;
    if (!cpu) return undefined;
    const used = this.#usedMs(cpu.file);
    const moved = used - cpu.usedMs;
    cpu.usedMs = used;
    if (!Number.isFinite(moved)) return undefined;
    const share = Math.max(0, moved) / (elapsedMs * cpu.limit.cores);
    return { percent: Math.min(100, 100 * share), cores: cpu.limit.cores };
  }

  /** Memory of the limit, given the machine's; undefined without a limit. */
  memory(machine: MachineMemory, now: number): MemoryFigures | undefined {
    const files = this.#memory;
    if (!files) return undefined;
    const current = this.#numberIn(files.current);
    if (current < 0) return undefined;
    if (now - files.inactiveAt >= inactiveKeptMs) {
      files.inactiveAt = now;
      files.inactive = this.#inactive(files.stat);
    }
    const total = files.limit.bytes;
    // What was read from files and is not in use is given up before anybody is refused memory.
    const used = Math.min(total, Math.max(0, current - files.inactive));
    const swapTotal = Math.min(files.limit.swapBytes, machine.swapTotal);
    const swapRaw = this.#numberIn(files.swap);
    const swap = Math.max(0, this.#version === 2 ? swapRaw : swapRaw - current);
    return {
      totalBytes: total,
      usedBytes: used,
      availableBytes: total - used,
      percent: (100 * used) / total,
      swapTotalBytes: swapTotal,
      swapUsedBytes: Math.min(swapTotal, swap),
    };
  }

  close(): void {
    this.#cpu?.file.close();
    this.#memory?.close();
    this.#cpu = undefined;
    this.#memory = undefined;
  }

  #usedMs(file: HeldFile): number {
    if (!this.#read(file)) return Number.NaN;
    if (this.#version === 1) return this.#cursor.number() / 1e6;
    for (; !this.#cursor.isAtEnd; this.#cursor.nextLine()) {
      if (this.#cursor.takes(usageKey)) return this.#cursor.number() / 1e3;
    }
    return Number.NaN;
  }

  #numberIn(file: HeldFile): number {
    return this.#read(file) ? this.#cursor.number() : -1;
  }

  #inactive(file: HeldFile): number {
    let found = 0;
    if (!this.#read(file)) return found;
    for (; !this.#cursor.isAtEnd; this.#cursor.nextLine()) {
      // Version 1 also tells the sum with the groups below, at the end.
      if (this.#cursor.takes(inactiveKeys[0])) return Math.max(0, this.#cursor.number());
      if (this.#cursor.takes(inactiveKeys[1])) found = Math.max(0, this.#cursor.number());
    }
    return found;
  }
}

class MemoryFiles {
  limit: MemoryLimit;
  readonly current: HeldFile;
  readonly stat: HeldFile;
  readonly swap: HeldFile;
  inactive = 0;
  inactiveAt: number = Number.NEGATIVE_INFINITY;

  constructor(limit: MemoryLimit, version: 1 | 2) {
    this.limit = limit;
    this.current = new HeldFile(`${limit.place}/${currentNames[version]}`);
    this.stat = new HeldFile(`${limit.place}/memory.stat`);
    this.swap = new HeldFile(`${limit.place}/${swapNames[version]}`);
  }

  close(): void {
    for (const file of [this.current, this.stat, this.swap]) file.close();
  }
}
