import { bytesOf, type ByteCursor } from './byte-cursor.ts';

/** Main memory and swap of the whole machine, in bytes. */
export interface MachineMemory {
  readonly total: number;
  readonly available: number;
  readonly swapTotal: number;
  readonly swapFree: number;
}

const totalKey = bytesOf('MemTotal:');
const freeKey = bytesOf('MemFree:');
const availableKey = bytesOf('MemAvailable:');
const swapTotalKey = bytesOf('SwapTotal:');
const swapFreeKey = bytesOf('SwapFree:');
const kibibyte = 1_024;

/** Reads `/proc/meminfo`; undefined when it does not say how much memory there is. */
export function readMemoryInfo(cursor: ByteCursor): MachineMemory | undefined {
  let total = 0;
  let free = 0;
  let available = -1;
  let swapTotal = 0;
  for (; !cursor.isAtEnd; cursor.nextLine()) {
    if (cursor.takes(totalKey)) total = cursor.number();
    else if (cursor.takes(freeKey)) free = cursor.number();
    else if (cursor.takes(availableKey)) available = cursor.number();
    else if (cursor.takes(swapTotalKey)) swapTotal = cursor.number();
    else if (cursor.takes(swapFreeKey)) break;
  }
  const swapFree = cursor.isAtEnd ? 0 : cursor.number();
  if (total <= 0) return undefined;
  return {
    total: total * kibibyte,
    // Kernels before 3.14 do not estimate it.
    available: Math.min(total, available === -1 ? free : available) * kibibyte,
    swapTotal: swapTotal * kibibyte,
    swapFree: Math.min(swapTotal, swapFree) * kibibyte,
  };
}
