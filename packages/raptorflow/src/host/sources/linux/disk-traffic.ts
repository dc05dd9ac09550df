import { accessSync } from 'node:fs';
import type { DiskFigures } from '../../sample.ts';
import type { ByteCursor } from './byte-cursor.ts';
import { MovingTotals } from './moving-totals.ts';

/** The kernel counts in these, whatever the disk does. */
const sectorBytes = 512;
/** Where `/sys` does not tell: whole disks of the usual kinds, not partitions, loops and what lies over other disks. */
const wholeDisk = /^(?:[shv]d[a-z]+|xvd[a-z]+|nvme\d+n\d+|mmcblk\d+|dasd[a-z]+)$/;
const minorNumbers = 2 ** 20;
/** Devices that come and go are looked at anew after so many. */
const namesMax = 4_096;

/** Reads and writes of all real disks, from `/proc/diskstats`. */
export class DiskTraffic {
  readonly #root: string;
  readonly #isDisk = new Map<number, boolean>();
  readonly #totals = new MovingTotals(4);
  readonly #counted = new Float64Array(4);

  constructor(root: string) {
    this.#root = root;
  }

  take(cursor: ByteCursor): void {
    this.#totals.begin();
    for (; !cursor.isAtEnd; cursor.nextLine()) {
      const id = cursor.number() * minorNumbers + cursor.number();
      cursor.skipSpaces();
      const nameAt = cursor.position;
      cursor.skipWords(1);
      let isDisk = this.#isDisk.get(id);
      if (isDisk === undefined) this.#remember(id, (isDisk = this.#look(cursor.textSince(nameAt))));
      if (isDisk) this.#takeDisk(cursor, id);
    }
    this.#totals.end();
  }

  figures(seconds: number): DiskFigures {
    const { moved } = this.#totals;
    return {
      readBytesPerSecond: ((moved[1] ?? 0) * sectorBytes) / seconds,
      writtenBytesPerSecond: ((moved[3] ?? 0) * sectorBytes) / seconds,
      readsPerSecond: (moved[0] ?? 0) / seconds,
      writesPerSecond: (moved[2] ?? 0) / seconds,
    };
  }

  #takeDisk(cursor: ByteCursor, id: number): void {
    const counted = this.#counted;
    counted[0] = cursor.number();
    cursor.skipWords(1);
    counted[1] = cursor.number();
    cursor.skipWords(1);
    counted[2] = cursor.number();
    cursor.skipWords(1);
    counted[3] = cursor.number();
    this.#totals.take(id, counted);
  }

  #remember(id: number, isDisk: boolean): void {
    if (this.#isDisk.size >= namesMax) this.#isDisk.clear();
    this.#isDisk.set(id, isDisk);
  }

  // Only a real disk has a device behind it: partitions, loops, RAID and volumes would count its traffic twice.
  #look(name: string): boolean {
    if (exists(`${this.#root}/sys/block`)) return exists(`${this.#root}/sys/block/${name}/device`);
    return wholeDisk.test(name);
  }
}

function exists(path: string): boolean {
  try {
    accessSync(path);
    return true;
  } catch {
    return false;
  }
}
