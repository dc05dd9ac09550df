import type { Client } from '@raptorflow/client';
import { RaptorFlowError } from 'raptorflow/kernel';
import { flagOption, textOption, type Command, type Invocation, type OptionDescription } from '../command.ts';
import { withConnection } from '../connection.ts';
import { formatTime } from '../figures.ts';

type Query = NonNullable<NonNullable<Parameters<Client['bus']['deadLetters']>[0]>['query']>;
type Selection = NonNullable<Parameters<Client['bus']['redrive']>[0]>['body'];
type Reason = NonNullable<Query['reason']>;
type Letter = Awaited<ReturnType<Client['bus']['deadLetters']>>['items'][number];
type Chain = NonNullable<Letter['chain']>;

const reasons: readonly Reason[] = [
  'max_retries_exceeded',
  'schema_violation',
  'routing_error',
  'processing_timeout',
  'expired',
  'loop_detected',
];

const filterOptions: Readonly<Record<string, OptionDescription>> = {
  reason: { type: 'string', value: 'REASON', choices: reasons, help: `One of ${reasons.join(', ')}.` },
  channel: { type: 'string', value: 'CHANNEL', help: 'The channel the event was published on.' },
  group: { type: 'string', value: 'GROUP', help: 'The group that failed.' },
  'all-workspaces': {
    type: 'boolean',
    help: "Every workspace's and the installation's own (operator only).",
  },
};

/** `raptorflow dlq list`. */
export const dlqList: Command = {
  name: 'dlq list',
  summary: 'List dead letters, newest first.',
  options: {
    ...filterOptions,
    limit: { type: 'string', value: 'N', help: 'At most N (default 50, at most 200).' },
  },
  run: (invocation) =>
    withConnection(invocation, { own: 'allowed' }, async ({ client }) => {
      const limit = textOption(invocation, 'limit');
      const page = await client.bus.deadLetters({
        query: { ...filter(invocation), ...(limit === undefined ? {} : { limit }) },
      });
      const { output } = invocation;
      output.result(page);
      if (page.items.length === 0) output.line('There are no dead letters: every event was handled.');
      else {
        output.table(
          ['Id', 'When', 'Reason', 'Type', 'Channel', 'Group', 'Error'],
          page.items.map((letter) => [
            letter.id,
            formatTime(letter.timestamp),
            letter.reason,
            letter.event?.type ?? '–',
            letter.original_channel,
            letter.group ?? '–',
            (letter.error?.message ?? '–').slice(0, 80),
          ]),
        );
        for (const letter of page.items) {
          if (letter.chain !== null) output.line(output.tone('dim', `${letter.id}: ${loopOf(letter.chain)}`));
        }
        if (page.next_cursor !== null)
          output.line(
            output.tone('dim', `There are more (${page.total ?? 'unknown'} in all); raise --limit.`),
          );
      }
    }),
};

/** `raptorflow dlq show`. */
export const dlqShow: Command = {
  name: 'dlq show',
  summary: 'Show one dead letter whole: the event, the error with its stack, every attempt.',
  operands: 'ID',
  operandCount: [1, 1],
  options: { 'all-workspaces': { type: 'boolean', help: 'Look in every workspace (operator only).' } },
  run: (invocation) =>
    withConnection(invocation, { own: 'allowed' }, async ({ client }) => {
      const [id = ''] = invocation.positionals;
      const letter = await find(client, id, flagOption(invocation, 'all-workspaces'));
      invocation.output.result(letter);
      invocation.output.line(JSON.stringify(letter, null, 2));
      for (const line of chainLines(letter.chain)) invocation.output.line(line);
    }),
};

/** Agents that a line about a loop names. */
const namedMax = 8;

/** Who answered whom, on one line. */
export function loopOf(chain: Chain): string {
  const newest = chain.slice(-namedMax).map((link) => link.agent_id ?? link.type);
  const before = chain.length > newest.length ? ['…'] : [];
  return `a loop of ${chain.length} events, ${[...before, ...newest].join(' → ')} (refused)`;
}

/** The chain of a loop, an event a line. */
export function chainLines(chain: Chain | null): string[] {
  if (chain === null) return [];
  const rows = chain.map((link, at) => {
    const by = link.agent_id === null ? '' : ` by ${link.agent_id}`;
    return `${String(at + 1).padStart(3)}  ${link.type}${by}  ${link.event_id}${at + 1 === chain.length ? '  (refused)' : ''}`;
  });
  return ['What led to the loop, oldest first:', ...rows];
}

async function find(client: Client, id: string, everywhere: boolean): Promise<Letter> {
  let cursor: string | undefined;
  do {
    const page = await client.bus.deadLetters({
      query: {
        limit: 200,
        ...(cursor === undefined ? {} : { cursor }),
        ...(everywhere ? { all_workspaces: true } : {}),
      },
    });
    const letter = page.items.find((candidate) => candidate.id === id);
    if (letter) return letter;
    cursor = page.next_cursor ?? undefined;
  } while (cursor !== undefined);
  throw new RaptorFlowError(
    'not_found',
    `There is no open dead letter ${id} in this workspace. See: raptorflow dlq list`,
  );
}

/** `raptorflow dlq redrive`. */
export const dlqRedrive: Command = change(
  'redrive',
  'Give dead letters back to the group that failed on them, and to no other.',
  'given back',
);

/** `raptorflow dlq discard`. */
export const dlqDiscard: Command = change('discard', 'Delete dead letters for good.', 'discarded');

function change(operation: 'redrive' | 'discard', summary: string, done: string): Command {
  return {
    name: `dlq ${operation}`,
    summary: `${summary} Name them by id, or by --reason, --channel and --group.`,
    operands: '[ID …]',
    operandCount: [0, 1000],
    options: filterOptions,
    run: (invocation) =>
      withConnection(invocation, { own: 'allowed' }, async ({ client }) => {
        const body: Selection = {
          ...(invocation.positionals.length === 0 ? {} : { ids: [...invocation.positionals] }),
          ...filter(invocation),
        };
        const { count } = await client.bus[operation]({ body });
        invocation.output.result({ count });
        invocation.output.line(`${count} dead letter${count === 1 ? ' was' : 's were'} ${done}.`);
      }),
  };
}

function filter(invocation: Invocation): {
  reason?: Reason;
  channel?: string;
  group?: string;
  all_workspaces?: boolean;
} {
  const reason = textOption(invocation, 'reason');
  const channel = textOption(invocation, 'channel');
  const group = textOption(invocation, 'group');
  return {
    ...(reason === undefined ? {} : { reason: parseReason(reason) }),
    ...(channel === undefined ? {} : { channel }),
    ...(group === undefined ? {} : { group }),
    ...(flagOption(invocation, 'all-workspaces') ? { all_workspaces: true } : {}),
  };
}

function parseReason(text: string): Reason {
  const known = reasons.find((reason) => reason === text);
  if (known) return known;
  throw new RaptorFlowError('invalid_input', `--reason is one of ${reasons.join(', ')}, not "${text}".`);
}
