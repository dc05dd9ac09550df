import { bytesOf, type ByteCursor } from './byte-cursor.ts';

/** Main memory and swap of the whole machine, in bytes. */
export interface MachineMemory {
  readonly total: number;
  readonly available: number;
  readonly swapTotal: number;
  readonly swapFree: number;
}

const keys = ['MemTotal:', 'MemFree:', 'MemAvailable:', 'SwapTotal:', 'SwapFree:'].map(bytesOf);

/** Reads `/proc/meminfo`; undefined when it does not say how much memory there is. */
export function readMemoryInfo(cursor: ByteCursor): MachineMemory | undefined {
  const kibibytes = [0, 0, -1, 0, 0];
  for (let next = 0; !cursor.isAtEnd && next < keys.length; cursor.nextLine()) {
    // The kernel keeps the order of the lines, and old ones lack the third of them.
    for (let at = next; at < keys.length; at += 1) {
      const key = keys[at];
      if (!key || !cursor.takes(key)) continue;
      kibibytes[at] = cursor.number();
      next = at + 1;
      break;
    }
  }
  const [total = 0, free = 0, available = -1, swapTotal = 0, swapFree = 0] = kibibytes;
  if (total <= 0) return undefined;
  return {
    total: total * 1_024,
    available: Math.min(total, available === -1 ? free : available) * 1_024,
    swapTotal: swapTotal * 1_024,
    swapFree: Math.min(swapTotal, swapFree) * 1_024,
  };
}
