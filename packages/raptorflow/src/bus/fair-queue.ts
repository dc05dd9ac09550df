import { RecentWorkspaces } from './recent-workspaces.ts';

interface Turn<Item> {
  readonly waiting: Item[];
  running: number;
  othersWait: boolean;
}

/** What the queue looks at. */
export interface FairItem {
  readonly workspace: string;
  /** Others have something, although it is not here yet. */
  readonly othersWait?: boolean;
}

/**
 * What a member has in its hands and has not begun. Workspaces take turns. While others wait, none gets more than half of the slots: with
 * an odd number of slots and two workspaces one slot stays free. A workspace that has everything to itself leaves the last slot free for as
 * long as somebody else was seen lately, whose next event then finds room at once.
 */
export class FairQueue<Item extends FairItem> {
  readonly #limit: number;
  readonly #slots: number;
  readonly #share: number;
  readonly #now: () => number;
  readonly #recent = new RecentWorkspaces();
  readonly #workspaces = new Map<string, Turn<Item>>();
  /** Those with something waiting, in the order of their turns. */
  readonly #turns = new Map<string, Turn<Item>>();
  #size = 0;

  /** `limit`: items that wait at most. `slots`: items that run at once. `now`: milliseconds that only ever grow. */
  constructor(limit: number, slots: number, now: () => number) {
    this.#limit = limit;
    this.#slots = slots;
    this.#now = now;
    this.#share = slots > 1 ? Math.floor(slots / 2) : 1;
  }

  get size(): number {
    return this.#size;
  }

  /** False, and nothing changed, when the queue is full. */
  push(item: Item): boolean {
    if (this.#size >= this.#limit) return false;
    const { workspace } = item;
    let turn = this.#workspaces.get(workspace);
    if (!turn) {
      turn = { waiting: [], running: 0, othersWait: false };
      this.#workspaces.set(workspace, turn);
    }
    if (turn.waiting.length === 0) {
      this.#turns.set(workspace, turn);
      this.#recent.note(workspace, this.#now());
    }
    turn.waiting.push(item);
    turn.othersWait = item.othersWait === true;
    this.#size += 1;
    return true;
  }

  /** The item whose turn it is; it occupies a slot until `end`. Undefined when none waits or may run. */
  begin(): Item | undefined {
    for (const [workspace, turn] of this.#turns) {
      const alone = this.#turns.size < 2 && !turn.othersWait;
      if (alone ? this.#isLastSlot(workspace, turn) : turn.running >= this.#share) continue;
      turn.running += 1;
      const item = this.#take(workspace, turn);
      if (!alone && turn.waiting.length > 0) {
        this.#turns.delete(workspace);
        this.#turns.set(workspace, turn);
      }
      return item;
    }
    return undefined;
  }

  /** An item of this workspace gives its slot back. */
  end(workspace: string): void {
    const turn = this.#workspaces.get(workspace);
    if (!turn) return;
    turn.running -= 1;
    this.#forget(workspace, turn);
  }

  /** Takes out whatever waits, without a slot. */
  drain(): Item[] {
    const items: Item[] = [];
    for (const [workspace, turn] of this.#turns) {
      items.push(...turn.waiting.splice(0));
      this.#turns.delete(workspace);
      this.#forget(workspace, turn);
    }
    this.#size = 0;
    return items;
  }

  #isLastSlot(workspace: string, { running }: Turn<Item>): boolean {
    return running > 0 && running === this.#slots - 1 && this.#recent.hasOther(workspace, this.#now());
  }

  #take(workspace: string, turn: Turn<Item>): Item | undefined {
    const item = turn.waiting.shift();
    this.#size -= 1;
    if (turn.waiting.length === 0) this.#turns.delete(workspace);
    return item;
  }

  #forget(workspace: string, turn: Turn<Item>): void {
    if (turn.running === 0 && turn.waiting.length === 0) this.#workspaces.delete(workspace);
  }
}
