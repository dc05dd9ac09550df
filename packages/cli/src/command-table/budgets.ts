/** The commands that begin with `budgets`, in the order in which help lists them. */
import type { CommandEntry } from '../command.ts';

/** `raptorflow budgets`. */
export const budgetsCommands: readonly CommandEntry[] = [
  {
    name: 'budgets list',
    summary: 'List budgets and their caps.',
    load: async () => (await import('../commands/budgets.ts')).budgetsList,
  },
  {
    name: 'budgets set',
    summary: 'Set a cap, or take it away.',
    load: async () => (await import('../commands/budgets.ts')).budgetsSet,
  },
];
