/** The commands that begin with `resources`, in the order in which help lists them. */
import type { CommandEntry } from '../command.ts';

/** `raptorflow resources`. */
export const resourcesCommands: readonly CommandEntry[] = [
  {
    name: 'resources',
    summary: 'Show how much is open, and what was forgotten.',
    load: async () => (await import('../commands/resources.ts')).resourcesSummary,
  },
  {
    name: 'resources list',
    summary: 'List what is open.',
    load: async () => (await import('../commands/resources.ts')).resourcesList,
  },
  {
    name: 'resources leaks',
    summary: 'List what was forgotten.',
    load: async () => (await import('../commands/resources.ts')).resourcesLeaks,
  },
  {
    name: 'resources clean',
    summary: 'Close what is open of a kind and not in use.',
    load: async () => (await import('../commands/resources.ts')).resourcesClean,
  },
  {
    name: 'resources advice',
    summary: 'List what is advised, and carry it out.',
    load: async () => (await import('../commands/resource-advice.ts')).resourcesAdvice,
  },
  {
    name: 'resources forecast',
    summary: 'Say how usage goes on, and when it reaches its limit.',
    load: async () => (await import('../commands/resource-forecast.ts')).resourcesForecast,
  },
];
