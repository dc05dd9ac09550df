/** The commands that begin with `members`, in the order in which help lists them. */
import type { CommandEntry } from '../command.ts';

/** `raptorflow members`. */
export const membersCommands: readonly CommandEntry[] = [
  {
    name: 'members list',
    summary: 'List the members of the workspace.',
    load: async () => (await import('../commands/members.ts')).membersList,
  },
  {
    name: 'members invite',
    summary: 'Invite somebody into the workspace.',
    load: async () => (await import('../commands/members.ts')).membersInvite,
  },
  {
    name: 'members invitations',
    summary: 'List the open invitations.',
    load: async () => (await import('../commands/members.ts')).membersInvitations,
  },
  {
    name: 'members uninvite',
    summary: 'Take an invitation back.',
    load: async () => (await import('../commands/members.ts')).membersUninvite,
  },
  {
    name: 'members role',
    summary: 'Change the role of a member.',
    load: async () => (await import('../commands/members.ts')).membersRole,
  },
  {
    name: 'members remove',
    summary: 'End a membership.',
    load: async () => (await import('../commands/members.ts')).membersRemove,
  },
];
