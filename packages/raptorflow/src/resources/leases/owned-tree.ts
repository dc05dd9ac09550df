/** A process tree that is told to the reaper: whatever happens to this process, it will not outlive it. */
export interface OwnedTree {
  /** A text for the environment of the tree's first process, by which all of its processes are known; empty for none. */
  readonly marker: string;
  /** Says which process it begins with. */
  begin(pid: number): void;
  /** Whether any process of it still runs. Rejects with `unavailable`. */
  isAlive(): Promise<boolean>;
  /** Ends all of it. Rejects with `unavailable` when something is left. */
  kill(): Promise<void>;
  /** It is over, or no longer ours; it may live. */
  forget(): void;
}

/** Where process trees are told. */
export interface TreeKeeper {
  /** Announces a tree before its first process is there, so that there is no moment in which nobody knows of it. */
  announce(): OwnedTree;
  /** The same for a tree that others have started, so that its environment has no marker. */
  announceUnmarked(): OwnedTree;
  /**
   * All processes that this one starts from now on, by whomever, will not outlive it, as far as they get its environment. Returns the way back. On Linux
   * only, since elsewhere nobody tells the environment of others.
   */
  adoptChildren(): () => void;
}
