import { RecentWorkspaces } from '../../recent-workspaces.ts';

/** How much of what a group's members may hold each workspace has, and may have. */
export class WorkspaceShares {
  readonly #held = new Map<string, number>();
  readonly #recent = new RecentWorkspaces();

  /** An event of the workspace went into a member's hands. */
  take(workspace: string): void {
    this.#held.set(workspace, (this.#held.get(workspace) ?? 0) + 1);
  }

  /** It came back or is settled. */
  give(workspace: string): void {
    const held = (this.#held.get(workspace) ?? 0) - 1;
    if (held > 0) this.#held.set(workspace, held);
    else this.#held.delete(workspace);
  }

  /** Notes that the workspace is being served. */
  serve(workspace: string, now: number): void {
    this.#recent.note(workspace, now);
  }

  /**
   * How many more events of a workspace may be handed out where `total` may be held: up to half of everything while others wait, up to
   * all but one while others were served lately, so that their next event finds room at once.
   */
  room(workspace: string, { total, othersWait, now }: Situation): number {
    const half = Math.max(1, Math.floor(total / 2));
    const alone = total > 1 && this.#recent.hasOther(workspace, now) ? total - 1 : total;
    return (othersWait ? half : alone) - (this.#held.get(workspace) ?? 0);
  }
}

interface Situation {
  readonly total: number;
  readonly othersWait: boolean;
  readonly now: number;
}
