import { chain } from './lua/chains.ts';
import { define, drop, progress } from './lua/groups.ts';
import { change, get, list } from './lua/letters.ts';
import { counts, find, lanesBehind, page, watch } from './lua/reading.ts';
import { deleteGroup, endSession, joinGroup, leaveGroup, resync, takeOver } from './lua/sessions.ts';
import { sweep } from './lua/sweeping.ts';
import { settle, turn } from './lua/turn.ts';

import { library, type Library, type Procedure } from './lua/procedure.ts';

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
  endSession,
  joinGroup,
  leaveGroup,
  deleteGroup,
  sweep,
};

/** All of them as one library. */
export const procedures: Library = library(Object.values(scripts));
