import { parseDuration } from 'raptorflow/kernel';
import { flagOption, textOption, type Command } from '../command.ts';
import { withConnection } from '../connection.ts';
import { formatTime } from '../figures.ts';

/** `raptorflow token`: a bearer token for scripts and clients. */
export const token: Command = {
  name: 'token',
  summary: 'Make a bearer token for API clients, for example as OPENAI_API_KEY of a client pointed at /v1.',
  options: {
    operator: { type: 'boolean', help: 'With the operator role of this installation.' },
    lifetime: {
      type: 'string',
      value: 'DURATION',
      help: 'How long it is good, such as 12h or 30d (the default).',
    },
  },
  run: (invocation) =>
    withConnection(invocation, { own: 'allowed' }, async ({ client, url, kind }) => {
      const lifetime = textOption(invocation, 'lifetime') ?? '30d';
      const issued = await client.session.issueToken({
        body: {
          operator: flagOption(invocation, 'operator'),
          lifetime_seconds: Math.round(parseDuration(lifetime) / 1000),
        },
      });
      const { output } = invocation;
      output.result({ ...issued, ...(kind === 'own' ? {} : { url }) });
      output.line(issued.token);
      output.error(
        output.tone(
          'dim',
          `Good until ${formatTime(issued.expires_at)}. Whoever has it acts as you: keep it secret.`,
        ),
      );
    }),
};
