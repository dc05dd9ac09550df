/** What is known of a lane here. */
export interface Queued {
  readonly workspace: string;
  /** Rank, 0 for critical. */
  readonly priority: number;
}

/**
 * The lanes of a group that hold events it has not claimed, by priority. Workspaces take turns, and the lanes of a workspace
 * take turns within it, so that nobody's backlog stands before anybody else's next event.
 */
export class ReadyLanes<Lane extends Queued> {
  readonly #byPriority: readonly Map<string, Set<Lane>>[] = [new Map(), new Map(), new Map(), new Map()];
  #size = 0;

  get size(): number {
    return this.#size;
  }

  add(lane: Lane): void {
    const workspaces = this.#byPriority[lane.priority];
    const lanes = workspaces?.get(lane.workspace);
    if (lanes?.has(lane)) return;
    this.#size += 1;
    if (lanes) lanes.add(lane);
    else workspaces?.set(lane.workspace, new Set([lane]));
  }

  remove(lane: Lane): void {
    const workspaces = this.#byPriority[lane.priority];
    const lanes = workspaces?.get(lane.workspace);
    if (!lanes?.delete(lane)) return;
    this.#size -= 1;
    if (lanes.size === 0) workspaces?.delete(lane.workspace);
  }

  has(priority: number): boolean {
    return (this.#byPriority[priority]?.size ?? 0) > 0;
  }

  /** How many workspaces have something at this priority. */
  workspaces(priority: number): number {
    return this.#byPriority[priority]?.size ?? 0;
  }

  /** Whether any other workspace has something, at whatever priority. */
  hasOther(workspace: string): boolean {
    return this.#byPriority.some(
      (workspaces) => workspaces.size > 1 || (workspaces.size === 1 && !workspaces.has(workspace)),
    );
  }

  /** The lane whose turn it is; it and its workspace go to the end of their rows. */
  next(priority: number): Lane | undefined {
    const workspaces = this.#byPriority[priority];
    if (!workspaces) return undefined;
    for (const [workspace, lanes] of workspaces) {
      for (const lane of lanes) {
        if (lanes.size > 1) {
          lanes.delete(lane);
          lanes.add(lane);
        }
        if (workspaces.size > 1) {
          workspaces.delete(workspace);
          workspaces.set(workspace, lanes);
        }
        return lane;
      }
    }
    return undefined;
  }
}
