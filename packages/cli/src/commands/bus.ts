import { openDashboardSocket } from '@raptorflow/client';
import { RaptorFlowError } from 'raptorflow/kernel';
import { textOption, type Command, type Invocation } from '../command.ts';
import { withConnection, type Connection } from '../connection.ts';
import { formatTime } from '../figures.ts';

const priorities = ['low', 'normal', 'high', 'critical'];

/** `raptorflow bus tail`: events of the caller's workspaces as they happen. */
export const busTail: Command = {
  name: 'bus tail',
  summary:
    'Show events as they are published, until Ctrl-C. A pattern names channels: sys.guild.>, ws.*.x; default >.',
  operands: '[PATTERN …]',
  operandCount: [0, 16],
  options: {
    type: { type: 'string', value: 'TYPE', help: 'Only events of this type (its subtypes included).' },
    count: { type: 'string', value: 'N', help: 'Stop after N events.' },
  },
  run: (invocation) =>
    withConnection(invocation, { own: 'refused' }, (connection) => tail(invocation, connection)),
};

async function tail(invocation: Invocation, { url, token, userId }: Connection): Promise<void> {
  const { output, signal, positionals } = invocation;
  const type = textOption(invocation, 'type');
  const most = countOption(invocation);
  const patterns = positionals.length === 0 ? ['>'] : positionals;
  let seen = 0;
  await new Promise<void>((resolve, reject) => {
    const socket = openDashboardSocket({
      baseUrl: url,
      userId,
      token,
      onFrame(frame) {
        if (type !== undefined && frame.type !== type && !frame.type.startsWith(`${type}:`)) return;
        if (frame.channel === null || !patterns.some((pattern) => matches(pattern, frame.channel ?? '')))
          return;
        if (output.json) output.result(frame);
        else {
          output.line(
            `${output.tone('dim', formatTime(frame.timestamp).slice(11))}  ${output.tone('strong', frame.type)}  ${frame.channel}  ${output.tone('dim', JSON.stringify(frame.data))}`,
          );
        }
        seen += 1;
        if (seen >= most) end();
      },
      onStatus(status) {
        if (status === 'waiting') output.progress('The connection was lost; trying again …');
        if (status === 'open') output.endProgress();
        if (status === 'refused') {
          reject(
            new RaptorFlowError(
              'unauthenticated',
              'The server refused the token; make a new one with "raptorflow token".',
            ),
          );
        }
      },
    });
    const end = (): void => {
      socket.close();
      resolve();
    };
    socket.tail(patterns);
    signal.addEventListener('abort', end, { once: true });
  });
}

function countOption(invocation: Invocation): number {
  const text = textOption(invocation, 'count');
  if (text === undefined) return Number.POSITIVE_INFINITY;
  const count = Number(text);
  if (Number.isInteger(count) && count > 0) return count;
  throw new RaptorFlowError('invalid_input', `--count takes a whole number of events, not "${text}".`);
}

function matches(pattern: string, channel: string): boolean {
  const wanted = pattern.split('.');
  const given = channel.split('.');
  for (const [index, segment] of wanted.entries()) {
    if (segment === '>') return given.length > index;
    if (segment !== '*' && segment !== given[index]) return false;
  }
  return wanted.length === given.length;
}

/** `raptorflow bus publish`: one event, in the caller's workspace. */
export const busPublish: Command = {
  name: 'bus publish',
  summary: 'Publish an event in your workspace; answered when it is durable.',
  operands: 'CHANNEL TYPE [PAYLOAD as JSON]',
  operandCount: [2, 3],
  options: {
    priority: { type: 'string', value: priorities.join('|'), choices: priorities, help: 'Default normal.' },
    'dedupe-key': {
      type: 'string',
      value: 'KEY',
      help: 'Publishing again with the same key stores nothing.',
    },
  },
  run: (invocation) =>
    withConnection(invocation, { own: 'allowed' }, async ({ client }) => {
      const [channel = '', type = '', payload = '{}'] = invocation.positionals;
      const dedupeKey = textOption(invocation, 'dedupe-key');
      const priority = textOption(invocation, 'priority');
      const { event_id: eventId } = await client.bus.publish({
        body: {
          channel,
          type,
          payload: parsePayload(payload),
          ...(priority === undefined ? {} : { priority: parsePriority(priority) }),
          ...(dedupeKey === undefined ? {} : { dedupe_key: dedupeKey }),
        },
      });
      invocation.output.line(eventId);
      invocation.output.result({ event_id: eventId });
    }),
};

function parsePayload(text: string): Record<string, unknown> {
  try {
    const value: unknown = JSON.parse(text);
    if (typeof value === 'object' && value !== null && !Array.isArray(value)) return { ...value };
  } catch {
    // Told below, together with values that are JSON but no object.
  }
  throw new RaptorFlowError(
    'malformed_input',
    `The payload must be a JSON object such as '{"campaign_id": "…"}', not ${text.slice(0, 60)}.`,
  );
}

function parsePriority(text: string): 'low' | 'normal' | 'high' | 'critical' {
  if (text === 'low' || text === 'normal' || text === 'high' || text === 'critical') return text;
  throw new RaptorFlowError('invalid_input', `--priority is low, normal, high or critical, not "${text}".`);
}
