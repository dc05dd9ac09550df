import { chain } from './lua/chains.ts';
import { define, drop, progress } from './lua/groups.ts';
import { change, get, list } from './lua/letters.ts';
import { beginSession, poll } from './lua/presence.ts';
import { pollingPrelude, prelude } from './lua/prelude.ts';
import { counts, find, lanesBehind, page, watch } from './lua/reading.ts';
import { deleteGroup, endSession, joinGroup, leaveGroup, resync, takeOver } from './lua/sessions.ts';
import { sweep } from './lua/sweeping.ts';
import { settle, turn } from './lua/turn.ts';

import { library, procedure, type Library, type Procedure } from './lua/procedure.ts';

/** Everything that the engine asks of Redis, but for single reads of its settings. */
export const scripts: Readonly<
  Record<
    | 'turn'
    | 'settle'
    | 'define'
    | 'drop'
    | 'progress'
    | 'list'
    | 'get'
    | 'change'
    | 'find'
    | 'chain'
    | 'lanesBehind'
    | 'page'
    | 'watch'
    | 'counts'
    | 'takeOver'
    | 'resync'
    | 'beginSession'
    | 'poll'
    | 'endSession'
    | 'joinGroup'
    | 'leaveGroup'
    | 'deleteGroup'
    | 'sweep',
    Procedure
  >
> = {
  turn,
  settle,
  define,
  drop,
  progress,
  list,
  get,
  change,
  find,
  chain,
  lanesBehind,
  page,
  watch,
  counts,
  takeOver,
  resync,
  beginSession,
  poll,
  endSession,
  joinGroup,
  leaveGroup,
  deleteGroup,
  sweep,
};

/** The procedures as processes of one kind call them. */
export interface ProcedureSet {
  /** All of them as one library. */
  readonly library: Library;
  of(what: Procedure): Procedure;
}

/** For processes that subscribe: procedures publish. */
const subscribing: ProcedureSet = { library: library(Object.values(scripts)), of: (what) => what };

/** For processes that poll: procedures leave a list instead, so that no user needs the right to publish. */
const polling: ProcedureSet = (() => {
  const variants = new Map(
    Object.values(scripts).map((what) => {
      const parts = what.parts.map((part) => (part === prelude ? pollingPrelude : part));
      return [what, procedure(what.name, parts, what.body, what.flags)] as const;
    }),
  );
  return { library: library([...variants.values()], 'polling_'), of: (what) => variants.get(what) ?? what };
})();

/** How processes learn from each other that there is something to do. */
export const procedureSets: Readonly<Record<'subscribing' | 'polling', ProcedureSet>> = {
  subscribing,
  polling,
};
