import type { AliasMapping } from './catalog.ts';

/** Models that may stand in for the one that was asked for. */
export const fallbacksMax = 5;

/** What the aliases of one workspace mean, as a call needs it. */
export interface WorkspaceAliases {
  /** What the workspace says of aliases; what it leaves out is the installation's. */
  readonly mapping: AliasMapping;
  /** By alias: the models that are asked in turn when a request names none itself. Each of them can be called. */
  readonly fallbacks: ReadonlyMap<string, readonly string[]>;
}

/** Of a workspace that has set nothing. */
export const noAliases: WorkspaceAliases = { mapping: {}, fallbacks: new Map() };
