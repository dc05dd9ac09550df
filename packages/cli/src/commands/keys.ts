import type { Client } from '@raptorflow/client';
import { parseDuration } from 'raptorflow/kernel';
import { textOption, type Command, type Invocation } from '../command.ts';
import { withConnection } from '../connection.ts';
import { formatTime } from '../figures.ts';
import { grantedRole, oneOf } from './members.ts';

type Scope = NonNullable<Parameters<Client['apiKeys']['create']>[0]['body']['scopes']>[number];

const scopes: readonly Scope[] = ['dispatch', 'read'];

/** `raptorflow keys list`. */
export const keysList: Command = {
  name: 'keys list',
  summary: 'List the API keys of the workspace, newest first.',
  run: (invocation) =>
    withConnection(invocation, { own: 'allowed' }, async ({ client }) => {
      const { output } = invocation;
      const page = await client.apiKeys.list({ query: { limit: 200 } });
      output.result(page);
      if (page.items.length === 0) output.line('There are no API keys. See: raptorflow keys create --help');
      else {
        output.table(
          ['Id', 'Name', 'Key', 'May', 'Ends', 'Last used'],
          page.items.map((each) => [
            each.id,
            each.name,
            `${each.prefix}_…`,
            [each.role, ...each.scopes].join(', '),
            each.expires_at === null ? 'never' : formatTime(each.expires_at),
            each.last_used_at === null ? 'never' : formatTime(each.last_used_at),
          ]),
        );
      }
    }),
};

/** `raptorflow keys create`. */
export const keysCreate: Command = {
  name: 'keys create',
  summary: 'Make an API key for a program; it is printed once, and never shown again.',
  operands: 'NAME',
  operandCount: [1, 1],
  options: {
    role: { type: 'string', value: 'ROLE', help: 'One of admin, member, viewer (default member).' },
    scope: {
      type: 'string',
      value: 'SCOPE',
      multiple: true,
      help: `Narrow it to one of ${scopes.join(', ')}; may be given twice.`,
    },
    lifetime: {
      type: 'string',
      value: 'DURATION',
      help: 'How long it is good, such as 90d (default: no end).',
    },
  },
  run: (invocation) =>
    withConnection(invocation, { own: 'allowed' }, async ({ client }) => {
      const { output } = invocation;
      const [name = ''] = invocation.positionals;
      const lifetime = textOption(invocation, 'lifetime');
      const made = await client.apiKeys.create({
        body: {
          name,
          role: grantedRole(textOption(invocation, 'role')),
          scopes: scopesOf(invocation),
          lifetime_seconds: lifetime === undefined ? null : Math.round(parseDuration(lifetime) / 1000),
        },
      });
      output.result(made);
      output.line(made.key);
      output.error(
        output.tone('dim', 'Keep it now: it is not shown again. It acts as you in this workspace.'),
      );
    }),
};

/** `raptorflow keys revoke`. */
export const keysRevoke: Command = {
  name: 'keys revoke',
  summary: 'Revoke an API key; it is refused from the next request on.',
  operands: 'ID',
  operandCount: [1, 1],
  run: (invocation) =>
    withConnection(invocation, { own: 'allowed' }, async ({ client }) => {
      const [id = ''] = invocation.positionals;
      invocation.output.result(await client.apiKeys.revoke({ params: { key_id: id } }));
      invocation.output.line(`The key ${id} holds no more.`);
    }),
};

function scopesOf({ options }: Invocation): Scope[] {
  const given = options['scope'];
  return (Array.isArray(given) ? given : []).map((word) => oneOf(String(word), scopes, 'A scope'));
}
