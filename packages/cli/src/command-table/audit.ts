/** The commands that begin with `audit`, in the order in which help lists them. */
import type { CommandEntry } from '../command.ts';

/** `raptorflow audit`. */
export const auditCommands: readonly CommandEntry[] = [
  {
    name: 'audit list',
    summary: 'List what happened, newest first.',
    load: async () => (await import('../commands/audit.ts')).auditList,
  },
  {
    name: 'audit verify',
    summary: 'Walk the chain of the audit log and name the first thing that is wrong.',
    load: async () => (await import('../commands/audit.ts')).auditVerify,
  },
  {
    name: 'audit head',
    summary: 'Print where the chain ends, signed, to be kept elsewhere.',
    load: async () => (await import('../commands/audit.ts')).auditHead,
  },
  {
    name: 'audit export',
    summary: 'Write the whole chain to a file that verifies without a server.',
    load: async () => (await import('../commands/audit.ts')).auditExport,
  },
];
