/** The commands that begin with `workspaces`, in the order in which help lists them. */
import type { CommandEntry } from '../command.ts';

/** `raptorflow workspaces`. */
export const workspacesCommands: readonly CommandEntry[] = [
  {
    name: 'workspaces list',
    summary: 'List your workspaces.',
    load: async () => (await import('../commands/workspaces.ts')).workspacesList,
  },
  {
    name: 'workspaces create',
    summary: 'Create a workspace.',
    load: async () => (await import('../commands/workspaces.ts')).workspacesCreate,
  },
  {
    name: 'workspaces set',
    summary: 'Change the name or the time zone of a workspace.',
    load: async () => (await import('../commands/workspaces.ts')).workspacesSet,
  },
  {
    name: 'workspaces export',
    summary: 'Write everything stored of a workspace into a file.',
    load: async () => (await import('../commands/workspaces.ts')).workspacesExport,
  },
  {
    name: 'workspaces delete',
    summary: 'Delete a workspace for good.',
    load: async () => (await import('../commands/workspaces.ts')).workspacesDelete,
  },
];
