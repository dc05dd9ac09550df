import type { RosterAgent } from './agent-spec.ts';
import { guardians } from './guardians.ts';
import { lords } from './lords.ts';
import { watchers } from './matrix.ts';
import { muses } from './muse.ts';
import { researchers } from './research.ts';

/** The whole society in seeding order: 7 Lords, 20 researchers, 30 muses, 20 watchers, 10 guardians. */
export const societyRoster: readonly RosterAgent[] = Object.freeze([
  ...lords,
  ...researchers,
  ...muses,
  ...watchers,
  ...guardians,
]);

/** The agent with this code, or undefined. */
export function rosterAgent(code: string): RosterAgent | undefined {
  return societyRoster.find((agent) => agent.code === code);
}
