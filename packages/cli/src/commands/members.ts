import type { Client } from '@raptorflow/client';
import { parseDuration, RaptorFlowError } from 'raptorflow/kernel';
import { textOption, type Command } from '../command.ts';
import { withConnection } from '../connection.ts';
import { formatTime } from '../figures.ts';

type Role = Parameters<Client['members']['setRole']>[0]['body']['role'];
type GrantedRole = NonNullable<Parameters<Client['invitations']['create']>[0]['body']['role']>;

const roles: readonly Role[] = ['owner', 'admin', 'member', 'viewer'];
const grantedRoles: readonly GrantedRole[] = ['admin', 'member', 'viewer'];

/** One of a few words. Throws `invalid_input` naming them. */
export function oneOf<Word extends string>(
  word: string | undefined,
  words: readonly Word[],
  what: string,
): Word {
  const found = words.find((each) => each === word);
  if (found !== undefined) return found;
  throw new RaptorFlowError('invalid_input', `${what} is one of ${words.join(', ')}.`);
}

/** A role that can be given away; `member` when none is named. */
export function grantedRole(word: string | undefined): GrantedRole {
  return oneOf(word ?? 'member', grantedRoles, 'The role');
}

/** `raptorflow members list`. */
export const membersList: Command = {
  name: 'members list',
  summary: 'List the members of the workspace, oldest first.',
  run: (invocation) =>
    withConnection(invocation, { own: 'allowed' }, async ({ client }) => {
      const { output } = invocation;
      const page = await client.members.list({ query: { limit: 200 } });
      output.result(page);
      output.table(
        ['User', 'Name', 'Address', 'Role', 'Since'],
        page.items.map((each) => [
          each.user_id,
          each.display_name,
          each.email ?? '–',
          each.role,
          formatTime(each.joined_at),
        ]),
      );
    }),
};

/** `raptorflow members invite`. */
export const membersInvite: Command = {
  name: 'members invite',
  summary: 'Invite somebody by address; prints the link, which works once.',
  operands: 'ADDRESS',
  operandCount: [1, 1],
  options: {
    role: { type: 'string', value: 'ROLE', help: `One of ${grantedRoles.join(', ')} (default member).` },
    lifetime: { type: 'string', value: 'DURATION', help: 'How long the link is good, to 30d (default 7d).' },
  },
  run: (invocation) =>
    withConnection(invocation, { own: 'allowed' }, async ({ client }) => {
      const { output } = invocation;
      const [email = ''] = invocation.positionals;
      const made = await client.invitations.create({
        body: {
          email,
          role: grantedRole(textOption(invocation, 'role')),
          lifetime_seconds: Math.round(parseDuration(textOption(invocation, 'lifetime') ?? '7d') / 1000),
        },
      });
      output.result(made);
      output.line(made.url);
      const how = made.mailed ? 'Sent by mail' : 'Not sent by mail: hand the link over yourself';
      output.error(output.tone('dim', `${how}. Good once, until ${formatTime(made.expires_at)}.`));
    }),
};

/** `raptorflow members invitations`. */
export const membersInvitations: Command = {
  name: 'members invitations',
  summary: 'List the open invitations.',
  run: (invocation) =>
    withConnection(invocation, { own: 'allowed' }, async ({ client }) => {
      const { output } = invocation;
      const page = await client.invitations.list({ query: { limit: 200 } });
      output.result(page);
      if (page.items.length === 0) output.line('No invitation is open.');
      else {
        output.table(
          ['Id', 'Address', 'Role', 'Good until'],
          page.items.map((each) => [each.id, each.email, each.role, formatTime(each.expires_at)]),
        );
      }
    }),
};

/** `raptorflow members uninvite`. */
export const membersUninvite: Command = {
  name: 'members uninvite',
  summary: 'Take an open invitation back.',
  operands: 'ID',
  operandCount: [1, 1],
  run: (invocation) =>
    withConnection(invocation, { own: 'allowed' }, async ({ client }) => {
      const [id = ''] = invocation.positionals;
      invocation.output.result(await client.invitations.revoke({ params: { invitation_id: id } }));
      invocation.output.line(`The invitation ${id} is taken back.`);
    }),
};

/** `raptorflow members role`. */
export const membersRole: Command = {
  name: 'members role',
  summary: "Change a member's role.",
  operands: 'USER ROLE',
  operandCount: [2, 2],
  run: (invocation) =>
    withConnection(invocation, { own: 'allowed' }, async ({ client }) => {
      const [userId = '', role] = invocation.positionals;
      const member = await client.members.setRole({
        params: { user_id: userId },
        body: { role: oneOf(role, roles, 'The role') },
      });
      invocation.output.result(member);
      invocation.output.line(`${member.display_name} is ${member.role} now.`);
    }),
};

/** `raptorflow members remove`. */
export const membersRemove: Command = {
  name: 'members remove',
  summary: 'End a membership, at once.',
  operands: 'USER',
  operandCount: [1, 1],
  run: (invocation) =>
    withConnection(invocation, { own: 'allowed' }, async ({ client }) => {
      const [userId = ''] = invocation.positionals;
      invocation.output.result(await client.members.remove({ params: { user_id: userId } }));
      invocation.output.line(`${userId} is no member any more.`);
    }),
};
