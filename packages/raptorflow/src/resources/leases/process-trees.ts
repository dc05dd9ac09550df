import { hasInEnvironment, readProcesses, type ProcessEntry, type ProcessTable } from './process-table.ts';

/** Between two looks at what is left of a tree that is being killed. */
const lookEveryMs = 50;
/** After so long, what cannot be killed is left: it belongs to somebody else, or hangs in the kernel. */
const killMsMax = 4_000;

/** A process with everything that descends from it. */
export interface TreeRoot {
  /** Undefined while it is only announced: then its marker tells. */
  readonly pid: number | undefined;
  /** Undefined where the platform did not tell; the first look fills it in. */
  readonly startedAt: string | undefined;
  /** A text in the environment of all its processes, which is inherited whatever they do. Undefined for none. */
  readonly marker: string | undefined;
}

/** How time passes; the program has its own. */
export interface TreeClock {
  monotonic(): number;
  sleep(durationMs: number): Promise<void>;
}

/**
 * Process trees that are to end. A process belongs to a tree by its parents, by its process group or session, by the marker in its environment, or
 * because it belonged to it at an earlier look: parents that end leave their children to the system, and a daemon leaves its session.
 */
export class ProcessTrees {
  readonly #clock: TreeClock;
  readonly #read: () => Promise<ProcessTable>;
  readonly #roots = new Map<number, TreeRoot>();
  /** Tree → number → start of everything that was seen in it. */
  readonly #seen = new Map<number, Map<number, string>>();

  constructor(clock: TreeClock, read: () => Promise<ProcessTable> = readProcesses) {
    this.#clock = clock;
    this.#read = read;
  }

  get size(): number {
    return this.#roots.size;
  }

  /** Notes a tree, or what is now known of one. */
  add(id: number, root: TreeRoot): void {
    const known = this.#roots.get(id);
    this.#roots.set(id, { ...root, marker: root.marker ?? known?.marker });
    const seen = this.#seen.get(id) ?? new Map<number, string>();
    if (root.pid !== undefined && root.startedAt !== undefined) seen.set(root.pid, root.startedAt);
    this.#seen.set(id, seen);
  }

  /** Forgets a tree and lets it live. */
  drop(id: number): void {
    this.#roots.delete(id);
    this.#seen.delete(id);
  }

  /** Looks who belongs to the trees without a marker, since those are known by nothing else once they lose their parents. */
  async learn(): Promise<void> {
    const unmarked = [...this.#roots].filter(([, { marker }]) => marker === undefined);
    if (unmarked.length === 0) return;
    const table = await this.#read();
    const children = childrenIn(table);
    for (const [id] of unmarked) this.#members(id, table, children);
  }

  /** Processes of a tree that run now. */
  async count(id: number): Promise<number> {
    const table = await this.#read();
    return this.#members(id, table, childrenIn(table)).length;
  }

  /** Ends these trees: politely first, after a while by force. Answers how many processes are left, as a rule none. */
  async kill(ids: readonly number[], killAfterMs: number): Promise<number> {
    const begunAt = this.#clock.monotonic();
    const asked = new Set<string>();
    for (;;) {
      const table = await this.#read();
      const children = childrenIn(table);
      const left = ids.flatMap((id) => this.#members(id, table, children));
      const elapsedMs = this.#clock.monotonic() - begunAt;
      if (left.length === 0 || elapsedMs > killAfterMs + killMsMax) {
        for (const id of ids) this.drop(id);
        return left.length;
      }
      for (const { pid, startedAt } of left) {
        const name = `${pid} ${startedAt}`;
        if (elapsedMs >= killAfterMs) signal(pid, 'SIGKILL');
        else if (!asked.has(name)) signal(pid, 'SIGTERM');
        asked.add(name);
      }
      await this.#clock.sleep(lookEveryMs);
    }
  }

  #members(
    id: number,
    table: ProcessTable,
    children: ReadonlyMap<number, readonly number[]>,
  ): ProcessEntry[] {
    const root = this.#roots.get(id);
    const seen = this.#seen.get(id);
    if (root === undefined || seen === undefined) return [];
    if (table.size === 0) return rootAlone(root);
    this.#meetRoot(root, seen, table);
    const found = new Set<number>();
    for (const [pid, startedAt] of seen) {
      if (table.get(pid)?.startedAt === startedAt) found.add(pid);
      else seen.delete(pid);
    }
    for (const entry of table.values()) if (isOutside(root, entry, table)) found.add(entry.pid);
    // A set that grows while it is walked is walked to its end.
    for (const pid of found) for (const child of children.get(pid) ?? []) found.add(child);
    found.delete(process.pid);
    const members = [...found].flatMap((pid) => table.get(pid) ?? []);
    for (const { pid, startedAt } of members) seen.set(pid, startedAt);
    return members;
  }

  /** Where nobody told when the root started, its first look counts; later ones may see another process of that number. */
  #meetRoot(root: TreeRoot, seen: Map<number, string>, table: ProcessTable): void {
    if (root.pid === undefined || root.startedAt !== undefined) return;
    const entry = table.get(root.pid);
    const startedAt = entry?.startedAt ?? '';
    for (const [id, known] of this.#roots) if (known === root) this.#roots.set(id, { ...root, startedAt });
    if (entry) seen.set(root.pid, startedAt);
  }
}

/** The first process of a tree, where the platform tells of no others. */
function rootAlone({ pid, startedAt = '' }: TreeRoot): ProcessEntry[] {
  if (pid === undefined || !signal(pid, 0)) return [];
  return [{ pid, parent: 0, group: 0, session: 0, startedAt }];
}

/** Whether a process belongs to the tree although its parents may not: by session, group or marker. */
function isOutside({ pid, startedAt, marker }: TreeRoot, entry: ProcessEntry, table: ProcessTable): boolean {
  if (pid !== undefined && (entry.session === pid || entry.group === pid)) {
    // The number of a leader is not given to others while its session or group has members, unless all were gone in between.
    const leader = table.get(pid);
    if (leader === undefined || startedAt === undefined || leader.startedAt === startedAt) return true;
  }
  return marker !== undefined && hasInEnvironment(entry.pid, marker);
}

function childrenIn(table: ProcessTable): Map<number, number[]> {
  const children = new Map<number, number[]>();
  for (const { pid, parent } of table.values()) {
    const siblings = children.get(parent);
    if (siblings) siblings.push(pid);
    else children.set(parent, [pid]);
  }
  return children;
}

/** False when it is gone, or belongs to somebody else. */
function signal(pid: number, name: NodeJS.Signals | 0): boolean {
  try {
    return process.kill(pid, name);
  } catch {
    return false;
  }
}
