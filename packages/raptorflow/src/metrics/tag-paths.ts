import type { Tags } from './definition.ts';

/** One place in the order in which a call site writes its tags: the name that stands there, and a number for each of its values. */
interface Column {
  readonly name: string;
  /** Never has undefined; the type spares the hot path a check. */
  readonly ids: Map<string | undefined, number>;
  /** The usual next place; other names at it are rare, because a call site always names its tags in one order. */
  next: Column | undefined;
  others: Map<string, Column> | undefined;
}

/** Tags whose numbers stand in the table itself; further ones are chained to the number of the last of them. */
const width = 4;
const slotsAtFirst = 64;
const chainFactor = 2 ** 26;

/**
 * Finds what belongs to some tags without building a key: each value is a number in its place's map, and the numbers together are
 * looked up in an open hash table. It is a cache only: when it is full, it is emptied and filled anew by those who ask.
 */
export class TagPaths<H> {
  readonly #entriesMax: number;
  #first: Column | undefined;
  #firstOthers: Map<string, Column> | undefined;
  #chains: Map<number, number> = new Map();
  #idNext = 1;
  #entries = 0;
  #mask = slotsAtFirst - 1;
  #slots: Int32Array = new Int32Array(slotsAtFirst * width);
  #handles: (H | undefined)[] = [];
  /** What belongs to no tags at all. */
  #bare: H | undefined;

  constructor(entriesMax: number) {
    this.#entriesMax = entriesMax;
  }

  /** What was remembered for these tags in this order; undefined when nothing was. Throws only if reading the tags does. */
  find(tags: Tags): H | undefined {
    // One declaration each: a destructured array would be allocated on every call.
    let a = 0;
    let b = 0;
    let c = 0;
    let d = 0;
    let depth = 0;
    let before: Column | undefined;
    let column = this.#first;
    // Inherited names count as tags as well: checking for them would cost a third of the look-up.
    for (const name in tags) {
      if (column === undefined) return undefined;
      if (column.name !== name) {
        column = (before ? before.others : this.#firstOthers)?.get(name);
        if (column === undefined) return undefined;
      }
      const id = column.ids.get(tags[name]);
      if (id === undefined) return undefined;
      if (depth === 0) a = id;
      else if (depth === 1) b = id;
      else if (depth === 2) c = id;
      else if (depth === 3) d = id;
      else {
        const chained = this.#chains.get(d * chainFactor + id);
        if (chained === undefined) return undefined;
        d = chained;
      }
      depth += 1;
      before = column;
      column = column.next;
    }
    if (depth === 0) return this.#bare;
    const slots = this.#slots;
    const mask = this.#mask;
    let slot = hashOf(a, b, c, d) & mask;
    for (;;) {
      const at = slot * width;
      const found = slots[at];
      if (found === a && slots[at + 1] === b && slots[at + 2] === c && slots[at + 3] === d) {
        return this.#handles[slot];
      }
      if (found === 0) return undefined;
      slot = (slot + 1) & mask;
    }
  }

  /** Remembers what belongs to these tags, in the order and spelling of the call site. */
  remember(tags: Tags, handle: H): void {
    if (this.#entries >= this.#entriesMax) this.#empty();
    const numbers = new Int32Array(width);
    let before: Column | undefined;
    let depth = 0;
    for (const [name, value] of Object.entries(tags)) {
      before = this.#columnAfter(before, name);
      const id = this.#idOf(before, value);
      if (depth < width) numbers[depth] = id;
      else numbers[width - 1] = this.#chain(numbers[width - 1] ?? 0, id);
      depth += 1;
    }
    if (depth === 0) this.#bare = handle;
    else this.#insert(numbers, handle);
  }

  /** The place of a name after another one. The name that was remembered last is the usual one there. */
  #columnAfter(before: Column | undefined, name: string): Column {
    const usual = before ? before.next : this.#first;
    if (usual?.name === name) return usual;
    const others: Map<string, Column> =
      (before ? before.others : this.#firstOthers) ?? new Map<string, Column>();
    const column = others.get(name) ?? { name, ids: new Map(), next: undefined, others: undefined };
    others.delete(name);
    if (usual) others.set(usual.name, usual);
    if (before) {
      before.next = column;
      before.others = others;
    } else {
      this.#first = column;
      this.#firstOthers = others;
    }
    return column;
  }

  #idOf(column: Column, value: string): number {
    let id = column.ids.get(value);
    if (id === undefined) {
      id = this.#idNext;
      this.#idNext += 1;
      column.ids.set(value, id);
    }
    return id;
  }

  #chain(number: number, id: number): number {
    const key = number * chainFactor + id;
    let chained = this.#chains.get(key);
    if (chained === undefined) {
      chained = this.#idNext;
      this.#idNext += 1;
      this.#chains.set(key, chained);
    }
    return chained;
  }

  #insert(numbers: Int32Array, handle: H): void {
    // At most half of the slots are taken, so that a search ends soon.
    if ((this.#entries + 1) * 2 > this.#mask + 1) this.#grow();
    const [a = 0, b = 0, c = 0, d = 0] = numbers;
    let slot = hashOf(a, b, c, d) & this.#mask;
    while (this.#slots[slot * width] !== 0 && !this.#holds(slot, numbers)) slot = (slot + 1) & this.#mask;
    if (this.#slots[slot * width] === 0) this.#entries += 1;
    this.#slots.set(numbers, slot * width);
    this.#handles[slot] = handle;
  }

  #holds(slot: number, numbers: Int32Array): boolean {
    return numbers.every((number, index) => this.#slots[slot * width + index] === number);
  }

  #grow(): void {
    const [slots, handles] = [this.#slots, this.#handles];
    this.#mask = this.#mask * 2 + 1;
    this.#slots = new Int32Array((this.#mask + 1) * width);
    this.#handles = Array.from({ length: this.#mask + 1 }, () => undefined);
    this.#entries = 0;
    for (let slot = 0; slot * width < slots.length; slot += 1) {
      const handle = handles[slot];
      if (handle !== undefined) this.#insert(slots.slice(slot * width, (slot + 1) * width), handle);
    }
  }

  #empty(): void {
    this.#first = undefined;
    this.#firstOthers = undefined;
    this.#chains = new Map();
    this.#idNext = 1;
    this.#entries = 0;
    this.#mask = slotsAtFirst - 1;
    this.#slots = new Int32Array(slotsAtFirst * width);
    this.#handles = [];
    this.#bare = undefined;
  }
}

function hashOf(a: number, b: number, c: number, d: number): number {
  const mixed =
    Math.imul(a, 0x9e3779b1) ^ Math.imul(b, 0x85ebca6b) ^ Math.imul(c, 0xc2b2ae35) ^ Math.imul(d, 0x27d4eb2f);
  return mixed ^ (mixed >>> 15);
}
