import type { Dispose, ResourceStatus } from './resource.ts';

/** Status of a slot as a number; 0 is a free slot. */
export const statusCodes: Readonly<Record<'free' | Exclude<ResourceStatus, 'cleaned_up'>, number>> =
  Object.freeze({
    free: 0,
    active: 1,
    idle: 2,
    leaked: 3,
    error: 4,
  });

/** The names of the codes above. */
export const statusNames: readonly ResourceStatus[] = ['cleaned_up', 'active', 'idle', 'leaked', 'error'];

type SlotFlag = 'closing' | 'collected' | 'ended' | 'named' | 'activity' | 'reported' | 'limited';

/** Facts about a slot, one bit each. */
export const slotFlags: Readonly<Record<SlotFlag, number>> = Object.freeze({
  /** It is being closed by us; nobody else begins to. */
  closing: 1,
  /** Its handle was collected as garbage, so that its owner cannot release it any more. */
  collected: 2,
  /** What it belonged to has ended. */
  ended: 4,
  /** Somebody may release it by its id: a collected handle proves nothing. */
  named: 8,
  /** There is a figure that tells whether it is used. */
  activity: 16,
  /** It has an open leak. */
  reported: 32,
  /** It says itself how long it may be open. */
  limited: 64,
});

const capacityAtFirst = 256;

/**
 * Open resources, one field an array (struct of arrays), because 100,000 of them are scanned in milliseconds that way and take a tenth of the memory of
 * objects. A slot is used again after it was freed; its generation tells the old resource from the new one.
 */
export class SlotTable {
  readonly #limit: number;
  #capacity = 0;
  #freeHead = -1;
  /** Slots below this were used at some time. */
  used = 0;
  /** Slots that are in use. */
  open = 0;

  /** Monotonic milliseconds. */
  created: Float64Array = new Float64Array(0);
  touched: Float64Array = new Float64Array(0);
  bytes: Float64Array = new Float64Array(0);
  type: Uint16Array = new Uint16Array(0);
  status: Uint8Array = new Uint8Array(0);
  flags: Uint8Array = new Uint8Array(0);
  /** The place that opened it by what is always known; in a free slot, the next free one plus one. */
  group: Uint32Array = new Uint32Array(0);
  /** The place by its stack; 0 when none was taken. */
  site: Uint32Array = new Uint32Array(0);
  /** Number of its lease; 0 for none. */
  lease: Uint32Array = new Uint32Array(0);
  generation: Uint32Array = new Uint32Array(0);
  ids: (string | undefined)[] = [];
  owners: (string | undefined)[] = [];
  workspaces: (string | undefined)[] = [];
  agents: (string | undefined)[] = [];
  runs: (string | undefined)[] = [];
  disposes: (Dispose | undefined)[] = [];
  metadata: (Readonly<Record<string, unknown>> | undefined)[] = [];

  constructor(limit: number) {
    this.#limit = limit;
    this.#grow(Math.min(capacityAtFirst, limit));
  }

  /** A slot that was free, or -1 when there is none left. Its fields are those of whoever had it before. */
  take(): number {
    const free = this.#freeHead;
    if (free >= 0) {
      this.#freeHead = (this.group[free] ?? 0) - 1;
      this.open += 1;
      return free;
    }
    if (this.used >= this.#capacity) {
      if (this.#capacity >= this.#limit) return -1;
      this.#grow(Math.min(this.#limit, this.#capacity * 2));
    }
    this.open += 1;
    this.used += 1;
    return this.used - 1;
  }

  /** Frees a slot and forgets everything that it refers to. */
  give(slot: number): void {
    this.status[slot] = statusCodes.free;
    this.generation[slot] = (this.generation[slot] ?? 0) + 1;
    this.group[slot] = this.#freeHead + 1;
    this.#freeHead = slot;
    this.ids[slot] = undefined;
    this.owners[slot] = undefined;
    this.workspaces[slot] = undefined;
    this.agents[slot] = undefined;
    this.runs[slot] = undefined;
    this.disposes[slot] = undefined;
    this.metadata[slot] = undefined;
    this.open -= 1;
  }

  /** Whether a slot still holds the resource of this generation. */
  isOpen(slot: number, generation: number): boolean {
    return this.generation[slot] === generation && this.status[slot] !== statusCodes.free;
  }

  hasFlag(slot: number, flag: number): boolean {
    return ((this.flags[slot] ?? 0) & flag) !== 0;
  }

  setFlag(slot: number, flag: number, on: boolean): void {
    const flags = this.flags[slot] ?? 0;
    this.flags[slot] = on ? flags | flag : flags & ~flag;
  }

  #grow(capacity: number): void {
    this.#capacity = capacity;
    const copy = <T extends Float64Array | Uint16Array | Uint8Array | Uint32Array>(from: T, to: T): T => {
      to.set(from);
      return to;
    };
    this.created = copy(this.created, new Float64Array(capacity));
    this.touched = copy(this.touched, new Float64Array(capacity));
    this.bytes = copy(this.bytes, new Float64Array(capacity));
    this.type = copy(this.type, new Uint16Array(capacity));
    this.status = copy(this.status, new Uint8Array(capacity));
    this.flags = copy(this.flags, new Uint8Array(capacity));
    this.group = copy(this.group, new Uint32Array(capacity));
    this.site = copy(this.site, new Uint32Array(capacity));
    this.lease = copy(this.lease, new Uint32Array(capacity));
    this.generation = copy(this.generation, new Uint32Array(capacity));
    this.ids = widened(this.ids, capacity);
    this.owners = widened(this.owners, capacity);
    this.workspaces = widened(this.workspaces, capacity);
    this.agents = widened(this.agents, capacity);
    this.runs = widened(this.runs, capacity);
    this.disposes = widened(this.disposes, capacity);
    this.metadata = widened(this.metadata, capacity);
  }
}

// An array that grows by itself takes half as much again; one of the right length takes what it needs.
function widened<T>(from: readonly (T | undefined)[], capacity: number): (T | undefined)[] {
  const to = Array.from<T | undefined>({ length: capacity });
  for (const [at, value] of from.entries()) to[at] = value;
  return to;
}
