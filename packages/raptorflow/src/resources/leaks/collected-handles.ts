import type { SlotHandle } from '../registry/handle.ts';

/** Handles younger than this many registrations are not watched: most resources are gone by then. A power of two. */
const youngMax = 256;
/** Beyond so many watched ones, one in `sampleEvery` is watched. */
const watchedMax = 10_000;
const sampleEvery = 16;
/** Slot and generation in one number: 2^20 slots. */
const slotRange = 2 ** 20;

/**
 * Tells when the handle of an open resource was collected as garbage: its owner cannot release it any more. To register with the garbage collector
 * costs more than everything else that a registration does, so only handles that outlive the next 256 registrations or a scan are watched.
 */
export class CollectedHandles {
  readonly #young: (SlotHandle | undefined)[] = Array.from({ length: youngMax }, () => undefined);
  readonly #isOpen: (slot: number, generation: number) => boolean;
  readonly #registry: FinalizationRegistry<number>;
  #next = 0;
  #aged = 0;
  #watched = 0;

  constructor(
    isOpen: (slot: number, generation: number) => boolean,
    onCollected: (slot: number, generation: number) => void,
  ) {
    this.#isOpen = isOpen;
    this.#registry = new FinalizationRegistry((token) => {
      this.#watched -= 1;
      const slot = token % slotRange;
      onCollected(slot, (token - slot) / slotRange);
    });
  }

  /** Notes a new handle. It is held until it is no longer young. */
  note(handle: SlotHandle): void {
    const at = this.#next & (youngMax - 1);
    const elder = this.#young[at];
    this.#young[at] = handle;
    this.#next += 1;
    if (elder !== undefined && this.#isOpen(elder.slot, elder.generation)) this.#watch(elder);
  }

  /** Lets go of all young handles, and watches those whose resource is open. */
  settle(): void {
    for (const [at, handle] of this.#young.entries()) {
      if (handle === undefined) continue;
      this.#young[at] = undefined;
      if (this.#isOpen(handle.slot, handle.generation)) this.#watch(handle);
    }
  }

  #watch(handle: SlotHandle): void {
    this.#aged += 1;
    if (this.#watched >= watchedMax && this.#aged % sampleEvery !== 0) return;
    this.#watched += 1;
    this.#registry.register(handle, handle.slot + handle.generation * slotRange);
  }
}
