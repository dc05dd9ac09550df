/** The commands that begin with `cleanup`, in the order in which help lists them. */
import type { CommandEntry } from '../command.ts';

/** `raptorflow cleanup`. */
export const cleanupCommands: readonly CommandEntry[] = [
  {
    name: 'cleanup',
    summary: 'List cleanup tasks, when they run, and what they freed.',
    load: async () => (await import('../commands/cleanup.ts')).cleanup,
  },
  {
    name: 'cleanup list',
    summary: 'The same as "cleanup" alone.',
    load: async () => (await import('../commands/cleanup.ts')).cleanupList,
  },
  {
    name: 'cleanup show',
    summary: 'Show a task and its last runs.',
    load: async () => (await import('../commands/cleanup.ts')).cleanupShow,
  },
  {
    name: 'cleanup run',
    summary: 'Run a task now.',
    load: async () => (await import('../commands/cleanup-run.ts')).cleanupRun,
  },
  {
    name: 'cleanup add',
    summary: 'Add a task.',
    load: async () => (await import('../commands/cleanup-changes.ts')).cleanupAdd,
  },
  {
    name: 'cleanup set',
    summary: 'Change a task.',
    load: async () => (await import('../commands/cleanup-changes.ts')).cleanupSet,
  },
  {
    name: 'cleanup enable',
    summary: 'Let a task run by itself again.',
    load: async () => (await import('../commands/cleanup-changes.ts')).cleanupEnable,
  },
  {
    name: 'cleanup disable',
    summary: 'Let a task run by hand only.',
    load: async () => (await import('../commands/cleanup-changes.ts')).cleanupDisable,
  },
  {
    name: 'cleanup remove',
    summary: 'Remove a task.',
    load: async () => (await import('../commands/cleanup-changes.ts')).cleanupRemove,
  },
  {
    name: 'cleanup history',
    summary: 'Show what runs came to.',
    load: async () => (await import('../commands/cleanup-history.ts')).cleanupHistory,
  },
  {
    name: 'cleanup actions',
    summary: 'List what tasks can do.',
    load: async () => (await import('../commands/cleanup.ts')).cleanupActions,
  },
];
