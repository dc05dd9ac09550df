import { randomUUID } from 'node:crypto';
import { RaptorFlowError, type Clock } from '../../kernel/index.ts';
import type { CallSites } from '../leaks/call-sites.ts';
import { CollectedHandles } from '../leaks/collected-handles.ts';
import { Claims } from './claims.ts';
import { SlotHandle, type HandleHost } from './handle.ts';
import type { RegisterOptions, ResourceHandle } from './resource.ts';
import { slotFlags, SlotTable, statusCodes } from './slot-table.ts';
import type { TypeTable } from './type-table.ts';

/** Statuses of a type beside each other in the counts: a power of two that is at least their number. */
const statusesKept = 8;
const sitesNamed = 3;

/** What others want to know of a registry. They are called within its calls and must not throw. */
export interface RegistryListener {
  /** A type was seen for the first time. */
  onType(type: number): void;
  /** A reported resource was touched, or is about to be freed; its slot is still as it was. */
  onUsed(slot: number): void;
  onGone(slot: number, how: 'released' | 'cleaned'): void;
}

/** Open resources, and the calls that are made for each of them. This is the hot path: it allocates a handle and nothing else. */
export class Registry implements HandleHost {
  readonly table: SlotTable;
  readonly types: TypeTable;
  readonly sites: CallSites;
  readonly handles: CollectedHandles;
  readonly claims: Claims;
  readonly clock: Clock;
  readonly #limit: number;
  readonly #listener: RegistryListener;
  readonly #idPrefix = `res_${randomUUID().slice(0, 8)}_`;
  readonly #slotsById = new Map<string, number>();
  /** Why closing failed, by slot. */
  readonly errors: Map<number, unknown> = new Map();
  #counts: Int32Array = new Int32Array(16 * statusesKept);
  /** True at the end: nothing is registered any more; what is open may still be released. */
  isSealed = false;
  registered = 0;
  released = 0;
  /** Bytes of all open resources. */
  bytes = 0;

  constructor(options: {
    readonly resourcesMax: number;
    readonly types: TypeTable;
    readonly sites: CallSites;
    readonly clock: Clock;
    readonly listener: RegistryListener;
  }) {
    this.table = new SlotTable(options.resourcesMax);
    this.claims = new Claims(this.table);
    this.types = options.types;
    this.sites = options.sites;
    this.clock = options.clock;
    this.#limit = options.resourcesMax;
    this.#listener = options.listener;
    this.handles = new CollectedHandles(
      (slot, generation) => this.table.isOpen(slot, generation),
      (slot, generation) => this.#noteCollected(slot, generation),
    );
  }

  /** Notes an open resource, of a lease with this number or of none (0). */
  register(options: RegisterOptions, lease: number): ResourceHandle {
    const { table, sites } = this;
    const { id, sizeBytes = 0, activity, lifetimeMsMax = 1 } = options;
    if (this.isSealed) throw stopped();
    if (!(sizeBytes >= 0 && sizeBytes < Number.POSITIVE_INFINITY)) throw impossibleSize(sizeBytes);
    if (!(lifetimeMsMax > 0)) throw impossibleLifetime(lifetimeMsMax);
    const type = this.types.find(options.type) ?? this.#newType(options.type);
    if (id !== undefined) this.#refuseTaken(id);
    const slot = table.take();
    if (slot < 0) throw this.#full();
    const now = this.clock.monotonic();
    const group = sites.groupOf(type, options.site, options.owner);
    table.created[slot] = now;
    table.touched[slot] = now;
    table.bytes[slot] = sizeBytes;
    table.type[slot] = type;
    table.status[slot] = statusCodes.active;
    table.flags[slot] = id === undefined ? 0 : slotFlags.named;
    table.group[slot] = group;
    table.site[slot] = sites.enter(group);
    table.lease[slot] = lease;
    table.ids[slot] = id;
    table.owners[slot] = options.owner;
    table.workspaces[slot] = options.workspaceId;
    table.agents[slot] = options.agentId;
    table.runs[slot] = options.runId;
    table.disposes[slot] = options.dispose;
    table.metadata[slot] = options.metadata;
    if (id !== undefined) this.#slotsById.set(id, slot);
    if (activity !== undefined || options.lifetimeMsMax !== undefined) this.claims.note(slot, options);
    this.#count(type, statusCodes.active, 1);
    this.bytes += sizeBytes;
    this.registered += 1;
    const handle = new SlotHandle(this, slot, table.generation[slot] ?? 0);
    this.handles.note(handle);
    return handle;
  }

  idOf(slot: number, generation: number): string {
    const own = `${this.#idPrefix}${slot.toString(36)}-${generation.toString(36)}`;
    if (!this.table.isOpen(slot, generation)) return own;
    // Whoever knows the id can release the resource without its handle.
    this.table.setFlag(slot, slotFlags.named, true);
    return this.table.ids[slot] ?? own;
  }

  /** The id, for reports: it does not count as known to its owner. */
  reportedId(slot: number): string {
    const generation = this.table.generation[slot] ?? 0;
    return this.table.ids[slot] ?? `${this.#idPrefix}${slot.toString(36)}-${generation.toString(36)}`;
  }

  touch(slot: number, generation: number): void {
    const { table } = this;
    if (table.generation[slot] !== generation) return;
    table.touched[slot] = this.clock.monotonic();
    if (table.status[slot] !== statusCodes.active) this.#revive(slot);
  }

  resize(slot: number, generation: number, sizeBytes: number): void {
    if (!this.table.isOpen(slot, generation)) return;
    if (!(sizeBytes >= 0 && sizeBytes < Number.POSITIVE_INFINITY)) throw impossibleSize(sizeBytes);
    this.bytes += sizeBytes - (this.table.bytes[slot] ?? 0);
    this.table.bytes[slot] = sizeBytes;
  }

  /** Forgets a resource that its owner has closed; its lifetime is learned from, unless we are closing it ourselves. False when it was gone. */
  release(slot: number, generation: number): boolean {
    const { table } = this;
    if (table.generation[slot] !== generation || table.status[slot] === statusCodes.free) return false;
    const flags = table.flags[slot] ?? 0;
    const byUs = (flags & slotFlags.closing) !== 0;
    if (!byUs) {
      const lifetime = this.clock.monotonic() - (table.created[slot] ?? 0);
      this.sites.learn(table.group[slot] ?? 0, table.site[slot] ?? 0, lifetime);
      this.released += 1;
    }
    if (flags !== 0 && (flags & slotFlags.reported) !== 0)
      this.#listener.onGone(slot, byUs ? 'cleaned' : 'released');
    this.#free(slot);
    return true;
  }

  /** Frees a resource that we have closed. False when it was gone. */
  free(slot: number, generation: number): boolean {
    if (!this.table.isOpen(slot, generation)) return false;
    if (this.table.hasFlag(slot, slotFlags.reported)) this.#listener.onGone(slot, 'cleaned');
    this.#free(slot);
    return true;
  }

  /** Replaced at composition: closes a resource as a cleanup would. */
  close: (slot: number, generation: number) => Promise<void> = () => Promise.resolve();

  /** The slot of an open resource, or -1. */
  slotOf(id: string): number {
    const named = this.#slotsById.get(id);
    if (named !== undefined) return named;
    if (!id.startsWith(this.#idPrefix)) return -1;
    const [place = '', number = ''] = id.slice(this.#idPrefix.length).split('-');
    const slot = Number.parseInt(place, 36);
    if (!this.table.isOpen(slot, Number.parseInt(number, 36))) return -1;
    return this.table.ids[slot] === undefined ? slot : -1;
  }

  /** Whether its figure has changed since it was last asked for; then it counts as used now. */
  hasMoved(slot: number): boolean {
    if (!this.claims.hasChanged(slot)) return false;
    this.touch(slot, this.table.generation[slot] ?? 0);
    return true;
  }

  setStatus(slot: number, status: number): void {
    const { table } = this;
    const type = table.type[slot] ?? 0;
    this.#count(type, table.status[slot] ?? 0, -1);
    this.#count(type, status, 1);
    if (table.status[slot] === statusCodes.error) this.errors.delete(slot);
    table.status[slot] = status;
  }

  /** Closing failed for this reason. */
  fail(slot: number, error: unknown): void {
    this.setStatus(slot, statusCodes.error);
    this.errors.set(slot, error);
  }

  /** Open resources of a type in a status. */
  countOf(type: number, status: number): number {
    return this.#counts[type * statusesKept + status] ?? 0;
  }

  #free(slot: number): void {
    const { table } = this;
    const id = table.ids[slot];
    const status = table.status[slot] ?? 0;
    if (id !== undefined) this.#slotsById.delete(id);
    if (status === statusCodes.error) this.errors.delete(slot);
    if (table.hasFlag(slot, slotFlags.activity | slotFlags.limited)) this.claims.forget(slot);
    this.sites.leave(table.group[slot] ?? 0, table.site[slot] ?? 0);
    this.#count(table.type[slot] ?? 0, status, -1);
    this.bytes -= table.bytes[slot] ?? 0;
    table.give(slot);
  }

  #revive(slot: number): void {
    if (this.table.hasFlag(slot, slotFlags.reported)) this.#listener.onUsed(slot);
    if (this.table.status[slot] !== statusCodes.free) this.setStatus(slot, statusCodes.active);
  }

  #count(type: number, status: number, change: number): void {
    const at = type * statusesKept + status;
    this.#counts[at] = (this.#counts[at] ?? 0) + change;
  }

  #noteCollected(slot: number, generation: number): void {
    // What belongs to a lease is released with it, and what is known by its id needs no handle.
    if (!this.table.isOpen(slot, generation) || this.table.lease[slot] !== 0) return;
    // Whoever says that it lives as long as the program will not release it.
    if (this.claims.limitMs(slot) === Number.POSITIVE_INFINITY) return;
    if (!this.table.hasFlag(slot, slotFlags.named)) this.table.setFlag(slot, slotFlags.collected, true);
  }

  #newType(name: string): number {
    const type = this.types.intern(name);
    const needed = (type + 1) * statusesKept;
    if (needed > this.#counts.length) {
      const counts = this.#counts;
      (this.#counts = new Int32Array(counts.length * 2)).set(counts);
    }
    this.#listener.onType(type);
    return type;
  }

  #refuseTaken(id: string): void {
    if (typeof id !== 'string' || id === '' || id.length > 200 || id.startsWith(this.#idPrefix)) {
      throw new RaptorFlowError(
        'invalid_input',
        `A resource's id is a text of 1 to 200 characters that does not begin with ${this.#idPrefix}; leave it out to have one made.`,
      );
    }
    if (!this.#slotsById.has(id)) return;
    throw new RaptorFlowError(
      'conflict',
      `A resource with the id "${id}" is open. Release it first, or register this one under another id.`,
      { details: { id } },
    );
  }

  #full(): RaptorFlowError {
    const callSites = this.sites.heaviest(sitesNamed);
    const words = callSites.map(({ callSite, open }) => `${open} of ${callSite || 'no owner'}`).join('; ');
    return new RaptorFlowError(
      'exhausted',
      `There are ${this.table.open} open resources, and resourcesMax is ${this.#limit}. Most were opened here: ${words}. Release what is not needed, or raise resourcesMax.`,
      { details: { resourcesMax: this.#limit, callSites } },
    );
  }
}

function stopped(): RaptorFlowError {
  return new RaptorFlowError('unavailable', 'The resources are stopped; nothing can be registered any more.');
}

function impossibleSize(sizeBytes: number): RaptorFlowError {
  return new RaptorFlowError('invalid_input', `sizeBytes is a number of bytes, 0 or more, not ${sizeBytes}.`);
}

function impossibleLifetime(lifetimeMsMax: number): RaptorFlowError {
  return new RaptorFlowError(
    'invalid_input',
    `lifetimeMsMax is a number of milliseconds above 0, not ${lifetimeMsMax}.`,
  );
}
