/** The commands that begin with `keys`, in the order in which help lists them. */
import type { CommandEntry } from '../command.ts';

/** `raptorflow keys`. */
export const keysCommands: readonly CommandEntry[] = [
  {
    name: 'keys list',
    summary: 'List the API keys of the workspace.',
    load: async () => (await import('../commands/keys.ts')).keysList,
  },
  {
    name: 'keys create',
    summary: 'Make an API key for a program.',
    load: async () => (await import('../commands/keys.ts')).keysCreate,
  },
  {
    name: 'keys revoke',
    summary: 'Revoke an API key.',
    load: async () => (await import('../commands/keys.ts')).keysRevoke,
  },
];
