/** The commands that begin with `quotas`, in the order in which help lists them. */
import type { CommandEntry } from '../command.ts';

/** `raptorflow quotas`. */
export const quotasCommands: readonly CommandEntry[] = [
  {
    name: 'quotas list',
    summary: 'List quotas and what is used of each.',
    load: async () => (await import('../commands/quotas.ts')).quotasList,
  },
  {
    name: 'quotas create',
    summary: 'Add a quota.',
    load: async () => (await import('../commands/quota-changes.ts')).quotasCreate,
  },
  {
    name: 'quotas set',
    summary: 'Change a quota.',
    load: async () => (await import('../commands/quota-changes.ts')).quotasSet,
  },
  {
    name: 'quotas remove',
    summary: 'Remove a quota.',
    load: async () => (await import('../commands/quotas.ts')).quotasRemove,
  },
  {
    name: 'quotas reset',
    summary: 'Let usage begin at nothing.',
    load: async () => (await import('../commands/quotas.ts')).quotasReset,
  },
  {
    name: 'quotas violations',
    summary: 'List requests that did not fit.',
    load: async () => (await import('../commands/quotas.ts')).quotasViolations,
  },
  {
    name: 'quotas approve',
    summary: 'Grant a request that waits.',
    load: async () => (await import('../commands/quotas.ts')).quotasApprove,
  },
  {
    name: 'quotas deny',
    summary: 'Refuse a request that waits.',
    load: async () => (await import('../commands/quotas.ts')).quotasDeny,
  },
];
