/** The commands that begin with `dlq`, in the order in which help lists them. */
import type { CommandEntry } from '../command.ts';

/** `raptorflow dlq`. */
export const dlqCommands: readonly CommandEntry[] = [
  {
    name: 'dlq list',
    summary: 'List dead letters, newest first.',
    load: async () => (await import('../commands/dlq.ts')).dlqList,
  },
  {
    name: 'dlq show',
    summary: 'Show one dead letter whole.',
    load: async () => (await import('../commands/dlq.ts')).dlqShow,
  },
  {
    name: 'dlq redrive',
    summary: 'Give dead letters back to the group that failed on them.',
    load: async () => (await import('../commands/dlq.ts')).dlqRedrive,
  },
  {
    name: 'dlq discard',
    summary: 'Delete dead letters for good.',
    load: async () => (await import('../commands/dlq.ts')).dlqDiscard,
  },
];
