export type { ModelAlias, RosterAgent } from './agent-spec.ts';
export { guardians } from './guardians.ts';
export { lords } from './lords.ts';
export { watchers } from './matrix.ts';
export { muses } from './muse.ts';
export { researchers } from './research.ts';
export { rosterAgent, societyRoster } from './roster.ts';
