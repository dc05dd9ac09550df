/** The commands that begin with `bus`, in the order in which help lists them. */
import type { CommandEntry } from '../command.ts';

/** `raptorflow bus`. */
export const busCommands: readonly CommandEntry[] = [
  {
    name: 'bus tail',
    summary: 'Show events as they are published.',
    load: async () => (await import('../commands/bus.ts')).busTail,
  },
  {
    name: 'bus publish',
    summary: 'Publish an event.',
    load: async () => (await import('../commands/bus.ts')).busPublish,
  },
  {
    name: 'bus trace',
    summary: 'Show what a request set off, as a tree of events.',
    load: async () => (await import('../commands/bus-trace.ts')).busTrace,
  },
];
