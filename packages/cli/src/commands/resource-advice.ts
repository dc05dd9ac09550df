import type { Client } from '@raptorflow/client';
import { RaptorFlowError } from 'raptorflow/kernel';
import { textOption, type Command, type Invocation, type OptionDescription } from '../command.ts';
import { withConnection } from '../connection.ts';
import { formatTime } from '../figures.ts';
import type { Tone } from '../output.ts';
import { atOptions } from '../refusals.ts';
import { formatValue } from './metrics.ts';
import { knownKinds, scopeOf, scopeOption, wordIn } from './resources.ts';

type Advice = Awaited<ReturnType<Client['analytics']['recommendations']>>['data'][number];

const priorities: readonly Advice['priority'][] = ['low', 'medium', 'high', 'critical'];
const types: readonly Advice['optimization_type'][] = [
  'cleanup',
  'quota_adjustment',
  'scheduling',
  'caching',
  'pooling',
  'compression',
  'architecture',
];

const filterOptions: Readonly<Record<string, OptionDescription>> = {
  kind: { type: 'string', value: 'KIND', choices: knownKinds, help: 'About this kind of resource only.' },
  priority: {
    type: 'string',
    value: 'PRIORITY',
    choices: priorities,
    help: `One of ${priorities.join(', ')}.`,
  },
  type: { type: 'string', value: 'TYPE', choices: types, help: `One of ${types.join(', ')}.` },
  limit: { type: 'string', value: 'N', help: 'At most N (default 50, at most 100).' },
};

/** `raptorflow resources advice`. */
export const resourcesAdvice: Command = {
  name: 'resources advice',
  summary: 'List what is advised, newest first, and what became of it; "apply" carries advice out (admins).',
  operands: '[apply ADVICE]',
  operandChoices: ['apply'],
  operandCount: [0, 2],
  options: { ...scopeOption, ...filterOptions },
  notes:
    'Usage is looked at every five minutes. Advice that the program can carry out says how:\n  raptorflow resources advice apply adv_…',
  run: (invocation) =>
    atOptions(
      invocation,
      (field) => (field === 'limit' ? '--limit' : undefined),
      () => listOrApply(invocation),
    ),
};

function listOrApply(invocation: Invocation): Promise<void> {
  const [word, id] = invocation.positionals;
  if (word === undefined) return list(invocation);
  if (word === 'apply' && id !== undefined) return apply(invocation, id);
  throw new RaptorFlowError(
    'invalid_input',
    word === 'apply'
      ? 'Say which: raptorflow resources advice apply ADVICE. All there is: raptorflow resources advice'
      : `There is no command "resources advice ${word}". See: raptorflow resources advice --help`,
  );
}

function list(invocation: Invocation): Promise<void> {
  return withConnection(invocation, { own: 'allowed' }, async ({ client }) => {
    const { output } = invocation;
    const [kind, priority, type] = ['kind', 'priority', 'type'].map((name) => textOption(invocation, name));
    const page = await client.analytics.recommendations({
      query: {
        ...scopeOf(invocation),
        ...(kind === undefined ? {} : { resource_type: kind }),
        ...(priority === undefined ? {} : { priority: wordIn(priorities, priority, 'priority') }),
        ...(type === undefined ? {} : { optimization_type: wordIn(types, type, 'type of advice') }),
        limit: textOption(invocation, 'limit') ?? '50',
      },
    });
    output.result(page);
    if (page.data.length === 0) {
      output.line(
        scopeOf(invocation).scope === 'installation'
          ? 'Nothing is advised.'
          : 'Nothing is advised for this workspace. For the installation: --installation.',
      );
    }
    for (const advice of page.data) show(invocation, advice);
    if (page.total > page.data.length) {
      output.line(output.tone('dim', `There are ${page.total} in all; raise --limit.`));
    }
  });
}

const indent = ' '.repeat(9);

function show({ output, options }: Invocation, advice: Advice): void {
  const { priority, recommendation_id: id, estimated_savings: saving } = advice;
  output.line(
    `${output.tone(toneOf(priority), priority.padEnd(indent.length - 1))} ${output.tone('strong', advice.title)}`,
  );
  const told = [
    output.tone('dim', `${id}, ${advice.optimization_type}, effort ${advice.implementation_effort}`),
    advice.description,
    `Now: ${advice.current_state}`,
    `Better: ${advice.recommended_state}`,
    ...(saving === null ? [] : [`Would save ${formatValue(saving.amount, saving.unit)}.`]),
    ...advice.steps.map((step, index) => `${index + 1}. ${step}`),
    ...becameText(advice),
    ...(advice.applicable
      ? [
          `Let it be done: raptorflow resources advice apply ${id}${options['installation'] === true ? ' --installation' : ''}`,
        ]
      : []),
  ];
  for (const line of told) output.line(`${indent}${line}`);
}

function toneOf(priority: Advice['priority']): Tone {
  return priority === 'critical' || priority === 'high' ? 'bad' : 'warning';
}

function becameText({ state, application, last_seen: seen }: Advice): string[] {
  if (state === 'withdrawn') return [`Withdrawn: last seen ${formatTime(seen)}.`];
  if (state === 'applying') return ['Being carried out.'];
  if (application === null) return [];
  const { by, at, outcome, result } = application;
  const how = outcome === 'applied' ? 'Carried out' : 'Tried in vain';
  return [`${how} by ${by}, ${formatTime(at)}: ${result}`];
}

function apply(invocation: Invocation, id: string): Promise<void> {
  const stray = Object.keys(filterOptions).find((name) => invocation.options[name] !== undefined);
  if (stray !== undefined) {
    throw new RaptorFlowError('invalid_input', `--${stray} belongs to the list of advice, not to apply.`);
  }
  return withConnection(invocation, { own: 'allowed' }, async ({ client }) => {
    const { data, message } = await client.analytics.apply({
      params: { recommendation_id: id },
      query: scopeOf(invocation),
    });
    invocation.output.result(data);
    invocation.output.line(`${data.title}: ${message}`);
  });
}
