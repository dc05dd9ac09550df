import type { Tree } from './tree.ts';

/** One broken rule at one place. `name` is the thing that breaks it (a class, an option object …), for exemptions. */
export interface Violation {
  readonly path: string;
  readonly line: number;
  readonly message: string;
  /** What to do instead: every ban comes with its replacement. */
  readonly instead: string;
  readonly name?: string;
}

/** A rule looks at the whole tree and says everything that breaks it. */
export interface Rule {
  readonly name: string;
  readonly check: (tree: Tree) => Iterable<Violation> | Promise<Iterable<Violation>>;
}

/** A violation that names its rule, as it is printed. */
export interface Finding extends Violation {
  readonly rule: string;
}

/** `path:line rule: message; do this instead`. */
export function formatFinding(finding: Finding): string {
  return `${finding.path}:${finding.line} ${finding.rule}: ${finding.message}; ${finding.instead}`;
}
