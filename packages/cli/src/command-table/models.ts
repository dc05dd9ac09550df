/** The commands that begin with `models`, in the order in which help lists them. */
import type { CommandEntry } from '../command.ts';

/** `raptorflow models`. */
export const modelsCommands: readonly CommandEntry[] = [
  {
    name: 'models list',
    summary: 'List aliases and models.',
    load: async () => (await import('../commands/models.ts')).modelsList,
  },
  {
    name: 'models set',
    summary: 'Say what an alias stands for.',
    load: async () => (await import('../commands/models.ts')).modelsSet,
  },
  {
    name: 'models unset',
    summary: 'Leave an alias to the installation.',
    load: async () => (await import('../commands/models.ts')).modelsUnset,
  },
];
