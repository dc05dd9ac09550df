/** The commands that begin with `costs`, in the order in which help lists them. */
import type { CommandEntry } from '../command.ts';

/** `raptorflow costs`. */
export const costsCommands: readonly CommandEntry[] = [
  {
    name: 'costs',
    summary: 'Show what was spent, by what, and what is left.',
    load: async () => (await import('../commands/costs.ts')).costs,
  },
  {
    name: 'costs holds',
    summary: 'List money that is set aside and not settled.',
    load: async () => (await import('../commands/costs.ts')).costsHolds,
  },
  {
    name: 'costs reconcile',
    summary: 'Book what an uncertain call really cost.',
    load: async () => (await import('../commands/costs.ts')).costsReconcile,
  },
  {
    name: 'costs reprice',
    summary: 'Say what a month would have cost at other prices.',
    load: async () => (await import('../commands/costs.ts')).costsReprice,
  },
];
