/** How long a workspace counts as present after its last event. */
export const presentMs = 1_000;

/** Remembers the two workspaces that were seen last, which is all that it takes to know whether somebody else is about. */
export class RecentWorkspaces {
  #last = '';
  #lastAt = Number.NEGATIVE_INFINITY;
  #otherAt = Number.NEGATIVE_INFINITY;

  note(workspace: string, now: number): void {
    if (workspace !== this.#last) {
      this.#otherAt = this.#lastAt;
      this.#last = workspace;
    }
    this.#lastAt = now;
  }

  /** Whether another workspace than this one has been seen within the last second. */
  hasOther(workspace: string, now: number): boolean {
    const at = this.#last === workspace ? this.#otherAt : this.#lastAt;
    return now - at < presentMs;
  }
}
