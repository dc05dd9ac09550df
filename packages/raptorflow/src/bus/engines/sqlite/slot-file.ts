import { closeSync, openSync, readFileSync, rmSync, writeSync } from 'node:fs';

const slotBytes = 8;

/** Notes which claims have begun, so that only those count an attempt when the process dies. */
export interface BegunNotes {
  /** Notes that handlers of these claims are about to run. */
  begin(refs: readonly number[]): void;
  /** Forgets claims that are settled. */
  end(refs: readonly number[]): void;
  /** Those of `refs` that have begun. */
  begunOf(refs: Iterable<number>): number[];
  /** Ends the notes of a process that stopped properly. */
  close(): void;
}

/** Notes for a store that ends with the process anyway. */
export function memoryNotes(): BegunNotes {
  const begun = new Set<number>();
  return {
    begin: (refs) => {
      for (const ref of refs) begun.add(ref);
    },
    end: (refs) => {
      for (const ref of refs) begun.delete(ref);
    },
    begunOf: (refs) => [...refs].filter((ref) => begun.has(ref)),
    close: () => undefined,
  };
}

/** What the process before this one had begun: the claims that its slot file names; none when there is no file. */
export function readSlots(path: string): number[] {
  try {
    const bytes = readFileSync(path);
    const refs: number[] = [];
    for (let at = 0; at + slotBytes <= bytes.length; at += slotBytes) refs.push(bytes.readDoubleLE(at));
    return refs.filter((ref) => ref > 0);
  } catch {
    return [];
  }
}

/**
 * Notes in a small file beside the store: one slot of eight bytes for each handler that runs. A write reaches the kernel before
 * `begin` returns, so it survives `kill -9`; it is not synced, because after a loss of power one attempt counted too few does no harm.
 */
export function createSlotFile(path: string): BegunNotes {
  const handle = openSync(path, 'w+', 0o600);
  const slots = new Map<number, number>();
  const free: number[] = [];
  let image = Buffer.alloc(64 * slotBytes);
  let used = 0;

  const take = (): number => {
    const known = free.pop();
    if (known !== undefined) return known;
    const slot = used;
    used += 1;
    if (used * slotBytes > image.length) image = Buffer.concat([image, Buffer.alloc(image.length)]);
    return slot;
  };

  return {
    begin(refs) {
      let first = Number.POSITIVE_INFINITY;
      let last = -1;
      for (const ref of refs) {
        if (slots.has(ref)) continue;
        const slot = take();
        slots.set(ref, slot);
        image.writeDoubleLE(ref, slot * slotBytes);
        if (slot < first) first = slot;
        if (slot > last) last = slot;
      }
      // One write covers all of them; the slots between are written again with what they hold.
      if (last >= 0)
        writeSync(handle, image, first * slotBytes, (last - first + 1) * slotBytes, first * slotBytes);
    },
    end(refs) {
      // The slot keeps the old reference until it is used again: references are unique, so nobody mistakes it.
      for (const ref of refs) {
        const slot = slots.get(ref);
        if (slot === undefined) continue;
        slots.delete(ref);
        free.push(slot);
      }
    },
    begunOf: (refs) => [...refs].filter((ref) => slots.has(ref)),
    close() {
      closeSync(handle);
      rmSync(path, { force: true });
    },
  };
}
