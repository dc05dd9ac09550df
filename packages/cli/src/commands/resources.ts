import type { Client } from '@raptorflow/client';
import { formatDuration, RaptorFlowError } from 'raptorflow/kernel';
import { flagOption, textOption, type Command, type Invocation, type OptionDescription } from '../command.ts';
import { withConnection } from '../connection.ts';
import { formatBytes } from '../figures.ts';
import type { Tone } from '../output.ts';

type Resource = Awaited<ReturnType<Client['resources']['list']>>['data'][number];
type Leak = Awaited<ReturnType<Client['resources']['leaks']>>['data'][number];

const severities: readonly Leak['severity'][] = ['low', 'medium', 'high', 'critical'];
const statuses: readonly Resource['status'][] = ['active', 'idle', 'leaked', 'cleaned_up', 'error'];

/** The kinds that are known without being defined. */
export const knownKinds: readonly string[] = [
  'async_task',
  'cache',
  'database_connection',
  'file_handle',
  'lock',
  'memory',
  'network_connection',
  'process',
  'temporary_file',
  'thread',
];

/** Asks for the whole installation. */
export const scopeOption: Readonly<Record<'installation', OptionDescription>> = {
  installation: {
    type: 'boolean',
    help: 'Of the whole installation, not of the workspace (operator only).',
  },
};

/** Whose resources and quotas a command is about. */
export function scopeOf(invocation: Invocation): { readonly scope: 'workspace' | 'installation' } {
  return { scope: flagOption(invocation, 'installation') ? 'installation' : 'workspace' };
}

/** One of these words. Throws `invalid_input` with all of them. */
export function wordIn<const W extends string>(words: readonly W[], text: string, what: string): W {
  const found = words.find((word) => word === text);
  if (found !== undefined) return found;
  throw new RaptorFlowError('invalid_input', `"${text}" is no ${what}. Choose one of: ${words.join(', ')}.`);
}

/** `raptorflow resources`. */
export const resourcesSummary: Command = {
  name: 'resources',
  summary: 'Show how much is open, by kind and status, and what was forgotten and closed.',
  operands: '[summary]',
  operandChoices: ['summary'],
  operandCount: [0, 1],
  options: scopeOption,
  notes: 'What is open is known to the process that has it open: the server that answers.',
  run: (invocation) => {
    const [word = 'summary'] = invocation.positionals;
    if (word !== 'summary') {
      throw new RaptorFlowError(
        'invalid_input',
        `There is no command "resources ${word}". See: raptorflow resources --help`,
      );
    }
    return withConnection(invocation, { own: 'allowed' }, async ({ client }) => {
      const { output } = invocation;
      const { data } = await client.resources.summary({ query: scopeOf(invocation) });
      output.result(data);
      output.line(
        `${data.total_resources} open in ${data.process}, ${formatBytes(data.total_bytes)}: ${countsText(data.resources_by_status)}`,
      );
      const kinds = Object.entries(data.resources_by_type).toSorted(([, a], [, b]) => b - a);
      if (kinds.length > 0) {
        output.table(
          ['Kind', 'Open'],
          kinds.map(([kind, count]) => [kind, String(count)]),
        );
      }
      const { confirmed, wrong, missed } = data.accuracy;
      const leaks = `${data.total_leaks} ${data.total_leaks === 1 ? 'leak' : 'leaks'}`;
      output.line(
        `${data.total_leaks === 0 ? 'No leak' : output.tone('bad', leaks)}; verdicts so far: ${confirmed} right, ${wrong} wrong, ${missed} missed.`,
      );
      output.line(
        `Since its start: ${data.metrics.total_resources_created} opened, ${data.metrics.total_resources_released} released, ${data.metrics.total_resources_cleaned} closed by cleanup (${formatBytes(data.metrics.bytes_freed)} freed).`,
      );
      if (data.quota_violations > 0) {
        output.line(
          output.tone(
            'warning',
            `${data.quota_violations} ${data.quota_violations === 1 ? 'violation' : 'violations'} of quotas in the last 24 hours`,
          ) + '; see: raptorflow quotas violations',
        );
      }
    });
  },
};

function countsText(counts: Readonly<Record<Resource['status'], number>>): string {
  const words = { ...counts, cleaned_up: 0 };
  const told = Object.entries(words).filter(([, count]) => count > 0);
  return told.length === 0 ? 'nothing' : told.map(([status, count]) => `${count} ${status}`).join(', ');
}

/** `raptorflow resources list`. */
export const resourcesList: Command = {
  name: 'resources list',
  summary: 'List what is open: whose it is, how old, how long unused, and where it was opened.',
  options: {
    ...scopeOption,
    kind: { type: 'string', value: 'KIND', choices: knownKinds, help: 'Of this kind only.' },
    status: { type: 'string', value: 'STATUS', choices: statuses, help: `One of ${statuses.join(', ')}.` },
    owner: { type: 'string', value: 'OWNER', help: 'Of this owner only.' },
    agent: { type: 'string', value: 'ID', help: 'Of this agent only.' },
    run: { type: 'string', value: 'ID', help: 'Of this run only.' },
    limit: { type: 'string', value: 'N', help: 'At most N (default 100, at most 1000).' },
  },
  run: (invocation) =>
    withConnection(invocation, { own: 'allowed' }, async ({ client }) => {
      const { output } = invocation;
      const status = textOption(invocation, 'status');
      const list = await client.resources.list({
        query: {
          ...scopeOf(invocation),
          ...given(invocation, { kind: 'resource_type', owner: 'owner', agent: 'agent_id', run: 'run_id' }),
          ...(status === undefined ? {} : { status: wordIn(statuses, status, 'status') }),
          limit: textOption(invocation, 'limit') ?? '100',
        },
      });
      output.result(list);
      if (list.data.length === 0) output.line('Nothing like that is open.');
      else {
        output.table(
          ['Resource', 'Kind', 'Status', 'Whose', 'Age', 'Idle', 'Size', 'Opened at'],
          list.data.map((one) => [
            one.resource_id,
            one.resource_type,
            output.tone(toneOf(one), one.status),
            ownerOf(one),
            formatDuration(one.age_ms),
            formatDuration(one.idle_ms),
            formatBytes(one.size_bytes),
            one.error ?? placeOf(one.call_site),
          ]),
        );
      }
    }),
};

function toneOf({ status }: Resource): Tone {
  if (status === 'leaked') return 'bad';
  if (status === 'error') return 'warning';
  return status === 'active' ? 'good' : 'dim';
}

/** Whose something is, the most particular first. */
function ownerOf({
  owner,
  run_id: run,
  agent_id: agent,
  workspace_id: workspace,
}: Pick<Resource, 'owner' | 'run_id' | 'agent_id' | 'workspace_id'>): string {
  const named = [owner, run, agent].filter((one) => one !== null);
  return named.length === 0 ? (workspace ?? '–') : named.join(' ');
}

/** The first place of a stack. */
function placeOf(site: string | null): string {
  return site?.split('\n')[0]?.trim().replace(/^at /u, '') ?? '–';
}

/** Options that were given, by the names that the wire has for them. */
function given<const N extends Readonly<Record<string, string>>>(
  invocation: Invocation,
  names: N,
): { [K in N[keyof N]]?: string } {
  const entries = Object.entries(names).flatMap(([option, name]) => {
    const value = textOption(invocation, option);
    return value === undefined ? [] : [[name, value] as const];
  });
  return Object.fromEntries(entries) as { [K in N[keyof N]]?: string };
}

/** `raptorflow resources leaks`. */
export const resourcesLeaks: Command = {
  name: 'resources leaks',
  summary: 'List what was forgotten, the most severe first, with the evidence and what to do.',
  options: {
    ...scopeOption,
    severity: {
      type: 'string',
      value: 'SEVERITY',
      choices: severities,
      help: `One of ${severities.join(', ')}.`,
    },
    limit: { type: 'string', value: 'N', help: 'At most N (default 50, at most 100).' },
    scan: {
      type: 'boolean',
      help: 'Look for leaks first, instead of what the last minute found (operator only).',
    },
  },
  run: (invocation) =>
    withConnection(invocation, { own: 'allowed' }, async ({ client }) => {
      const { output } = invocation;
      const severity = textOption(invocation, 'severity');
      const query = {
        ...scopeOf(invocation),
        ...(severity === undefined ? {} : { severity: wordIn(severities, severity, 'severity') }),
        limit: textOption(invocation, 'limit') ?? '50',
      };
      if (flagOption(invocation, 'scan')) await client.resources.scan();
      const list = await client.resources.leaks({ query });
      output.result(list);
      if (list.data.length === 0) output.line('Nothing was forgotten: there is no leak.');
      for (const leak of list.data) showLeak(invocation, leak);
      if (list.total > list.data.length) {
        output.line(output.tone('dim', `There are ${list.total} in all; raise --limit.`));
      }
    }),
};

function showLeak({ output }: Invocation, leak: Leak): void {
  const tone = leak.severity === 'critical' || leak.severity === 'high' ? 'bad' : 'warning';
  output.line(`${output.tone(tone, leak.severity.padEnd(8))} ${output.tone('strong', leak.description)}`);
  const evidence = Object.entries(leak.evidence).map(([name, value]) => `${name} ${value}`);
  output.line(`         ${[leak.leak_id, leak.reason, ...evidence].join(', ')}`);
  for (const line of leak.call_site?.split('\n') ?? [])
    output.line(output.tone('dim', `         ${line.trim()}`));
  output.line(`         ${leak.suggested_action}`);
}

/** `raptorflow resources clean`. */
export const resourcesClean: Command = {
  name: 'resources clean',
  summary:
    'Close what is open of a kind and not in use ("all" is every kind), and say what was closed (admins).',
  operands: 'KIND|all',
  operandChoices: [...knownKinds, 'all'],
  operandCount: [1, 1],
  options: {
    ...scopeOption,
    force: { type: 'boolean', help: 'Also what is in use: whatever works with it fails.' },
    owner: { type: 'string', value: 'OWNER', help: 'Of this owner only.' },
    run: { type: 'string', value: 'ID', help: 'Of this run only.' },
  },
  notes: 'Fails with the exit code of "unavailable" when something could not be closed.',
  run: (invocation) =>
    withConnection(invocation, { own: 'allowed' }, async ({ client }) => {
      const { output } = invocation;
      const [kind = ''] = invocation.positionals;
      const { data, message } = await client.resources.cleanup({
        params: { resource_type: kind },
        query: {
          ...scopeOf(invocation),
          ...given(invocation, { owner: 'owner', run: 'run_id' }),
          force: flagOption(invocation, 'force'),
        },
      });
      output.result(data);
      output.line(`${message} ${formatBytes(data.bytes_freed)} freed.`);
      if (data.resources_failed === 0) return;
      output.table(
        ['Resource', 'Why not'],
        data.failures.map(({ resource_id: id, error }) => [id, error]),
      );
      throw new RaptorFlowError(
        'unavailable',
        `${data.resources_failed} could not be closed; the next cleanup tries again.`,
      );
    }),
};
