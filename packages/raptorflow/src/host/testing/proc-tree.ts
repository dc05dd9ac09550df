import { mkdirSync, mkdtempSync, rmSync, writeFileSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { dirname, join } from 'node:path';

/** A directory that stands for `/`, with the kernel files that a test wants to be there. */
export interface ProcTree {
  readonly root: string;
  /** Writes a file over the present one, keeping it for who has it open. */
  write(path: string, text: string): void;
  remove(path: string): void;
  dispose(): void;
}

/** A machine with two cores, 8 GiB, a disk with a partition and a loop device, a card, a bridge and no control groups. */
export function procTree(): ProcTree {
  const root = mkdtempSync(join(tmpdir(), 'raptorflow-proc-'));
  const tree: ProcTree = {
    root,
    write(path, text) {
      mkdirSync(dirname(join(root, path)), { recursive: true });
      writeFileSync(join(root, path), text.endsWith('\n') ? text : `${text}\n`);
    },
    remove: (path) => rmSync(join(root, path), { recursive: true, force: true }),
    dispose: () => rmSync(root, { recursive: true, force: true }),
  };
  tree.write(
    'proc/stat',
    statText([
      [0, 0],
      [0, 0],
    ]),
  );
  tree.write('proc/meminfo', memoryText());
  tree.write('proc/loadavg', '0.52 1.08 12.25 2/345 6789');
  tree.write('proc/diskstats', diskText(0, 0));
  tree.write('proc/net/dev', networkText({ lo: [0, 0], eth0: [0, 0], docker0: [0, 0] }));
  tree.write('sys/block/sda/device/model', 'disk');
  tree.write('sys/block/loop0/size', '0');
  tree.write('sys/class/net/eth0/device/vendor', 'card');
  return tree;
}

/** `/proc/stat` of cores with so many busy and idle ticks. */
export function statText(cores: readonly (readonly [busy: number, idle: number])[]): string {
  const line = (name: string, busy: number, idle: number): string =>
    `${name} ${busy} 0 0 ${idle} 0 0 0 0 0 0`;
  const sum = (at: 0 | 1): number => cores.reduce((all, core) => all + core[at], 0);
  const lines = cores.map(([busy, idle], core) => line(`cpu${core}`, busy, idle));
  return [line('cpu ', sum(0), sum(1)), ...lines, 'intr 123 4 5', 'ctxt 6', 'btime 7', ''].join('\n');
}

/** `/proc/meminfo` in KiB. */
export function memoryText(available = 'MemAvailable:    6291456 kB\n'): string {
  return `MemTotal:        8388608 kB
MemFree:         1048576 kB
${available}Buffers:          100000 kB
Cached:           200000 kB
SwapCached:            0 kB
SwapTotal:       2097152 kB
SwapFree:        1572864 kB
Dirty:                 8 kB
`;
}

/** `/proc/diskstats`: a disk that has read and written so many sectors of 512 bytes, its partition, and a loop device that did the same. */
export function diskText(read: number, written: number): string {
  const counts = `${read / 8} 3 ${read} 77 ${written / 8} 5 ${written} 88 0 10 165 0 0 0 0 1 1`;
  return `   7       0 loop0 ${counts}\n   8       0 sda ${counts}\n   8       1 sda1 ${counts}\n`;
}

/** `/proc/net/dev` with bytes in and out of each interface. */
export function networkText(interfaces: Readonly<Record<string, readonly [number, number]>>): string {
  const lines = Object.entries(interfaces).map(
    ([name, [received, sent]]) => `${name.padStart(6)}: ${received} 10 0 0 0 0 0 0 ${sent} 20 0 0 0 0 0 0`,
  );
  return [
    'Inter-|   Receive                                                |  Transmit',
    ' face |bytes    packets errs drop fifo frame compressed multicast|bytes    packets errs drop fifo colls carrier compressed',
    ...lines,
    '',
  ].join('\n');
}
