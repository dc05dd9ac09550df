/** Triggers of cleanup tasks: the options that say them, and the words that tell them. */
import { formatDuration, RaptorFlowError } from 'raptorflow/kernel';
import type { Invocation } from '../command.ts';
import { formatTime } from '../figures.ts';
import {
  asList,
  asNumber,
  asPairs,
  asSeconds,
  asText,
  fieldsGiven,
  type CleanupTask,
  type CleanupTrigger,
  type TaskField,
} from './cleanup-fields.ts';

type Kind = CleanupTrigger['kind'];

const statuses: readonly Extract<CleanupTrigger, { kind: 'health' }>['status'][] = [
  'degraded',
  'unhealthy',
  'critical',
];

const looks: readonly TaskField[] = [
  {
    option: 'check-every',
    field: 'check_every_seconds',
    type: 'string',
    value: 'TIME',
    help: 'How often a metric or health is looked at (default 30s).',
    read: asSeconds,
  },
  {
    option: 'repeat',
    field: 'repeat_seconds',
    type: 'string',
    value: 'TIME|never',
    help: 'After which time it runs again while that lasts (default 15m).',
    read: (text, option) => (text === 'never' ? null : asSeconds(text, option)),
  },
];

/** The options of each kind of trigger; the first one chooses the kind. */
const fieldsByKind: Readonly<Record<Kind, readonly [TaskField, ...TaskField[]]>> = {
  cron: [
    {
      option: 'cron',
      field: 'pattern',
      type: 'string',
      value: 'PATTERN',
      help: 'Run at times: "30 2 * * *", @hourly.',
      read: asText,
    },
    {
      option: 'time-zone',
      field: 'time_zone',
      type: 'string',
      value: 'ZONE',
      help: 'Whose times those are: Europe/Berlin (default UTC).',
      read: asText,
    },
  ],
  interval: [
    {
      option: 'every',
      field: 'every_seconds',
      type: 'string',
      value: 'TIME',
      help: 'Run again and again: 10m.',
      read: asSeconds,
    },
  ],
  once: [
    {
      option: 'at',
      field: 'at',
      type: 'string',
      value: 'TIME',
      help: 'Run once: 2027-01-31T12:00:00Z.',
      read: asText,
    },
  ],
  threshold: [
    {
      option: 'metric',
      field: 'metric',
      type: 'string',
      value: 'METRIC',
      help: 'Run when this metric gets --above or --below a number.',
      read: asText,
    },
    {
      option: 'metric-tags',
      field: 'tags',
      type: 'string',
      value: 'NAME=VALUE,…',
      help: 'Only series with these tags.',
      read: asPairs,
    },
    {
      option: 'above',
      field: 'value',
      type: 'string',
      value: 'N',
      help: 'Run when it gets above N.',
      read: asNumber,
    },
    {
      option: 'below',
      field: 'value',
      type: 'string',
      value: 'N',
      help: 'Run when it gets below N.',
      read: asNumber,
    },
    {
      option: 'clear',
      field: 'clear_value',
      type: 'string',
      value: 'N',
      help: 'Where it has to come back to before it counts again.',
      read: asNumber,
    },
    ...looks,
  ],
  health: [
    {
      option: 'health',
      field: 'status',
      type: 'string',
      value: 'STATUS',
      choices: statuses,
      help: `Run when health is this bad or worse: ${statuses.join(', ')}.`,
      read: asText,
    },
    {
      option: 'component',
      field: 'component',
      type: 'string',
      value: 'NAME',
      help: 'This part\'s health alone, as "raptorflow status" names it.',
      read: asText,
    },
    ...looks,
  ],
  event: [
    {
      option: 'event',
      field: 'channel',
      type: 'string',
      value: 'CHANNEL',
      help: 'Run when an event arrives on a channel.',
      read: asText,
    },
    {
      option: 'types',
      field: 'types',
      type: 'string',
      value: 'TYPE,…',
      help: 'Only events of these types.',
      read: asList,
    },
    {
      option: 'pause',
      field: 'pause_seconds',
      type: 'string',
      value: 'TIME',
      help: 'Leave out events so soon after one (default 1s).',
      read: asSeconds,
    },
  ],
  manual: [
    {
      option: 'manual',
      field: 'kind',
      type: 'boolean',
      help: 'Run only when somebody says so.',
      read: asText,
    },
  ],
};

const kinds = Object.keys(fieldsByKind) as readonly Kind[];

/** Every option of triggers, each once. */
export const triggerFields: readonly TaskField[] = [...new Set(kinds.flatMap((kind) => fieldsByKind[kind]))];

/** The options that choose a kind, for people. */
export const triggerChoices: string = kinds.map((kind) => `--${fieldsByKind[kind][0].option}`).join(', ');

/**
 * What the options say of a trigger; undefined when they say nothing. What is not named stays as it is in `present`, unless the kind changes; "none"
 * takes away what may be left out. Throws `invalid_input` for options that do not go together.
 */
export function triggerIn(invocation: Invocation, present?: CleanupTrigger): CleanupTrigger | undefined {
  const given = fieldsGiven(invocation, triggerFields);
  if (given.length === 0) return undefined;
  const kind = kindIn(given) ?? present?.kind;
  const [first] = given;
  if (kind === undefined) {
    throw new RaptorFlowError('invalid_input', `${belonging(first)} Choose one of ${triggerChoices}.`);
  }
  const stray = given.find((field) => !fieldsByKind[kind].includes(field));
  if (stray) throw new RaptorFlowError('invalid_input', belonging(stray));
  if (given.filter(({ field }) => field === 'value').length > 1) {
    throw new RaptorFlowError('invalid_input', '--above and --below exclude each other.');
  }
  const fields = new Map<string, unknown>(present?.kind === kind ? Object.entries(present) : []);
  for (const { option, field, read } of given) {
    const text = invocation.options[option];
    if (typeof text !== 'string') continue;
    if (text === 'none' && option !== fieldsByKind[kind][0].option) fields.delete(field);
    else fields.set(field, read(text, option));
    if (field === 'value') fields.set('condition', option);
  }
  // The server checks what is missing.
  return Object.fromEntries([...fields, ['kind', kind]]) as CleanupTrigger;
}

function kindIn(given: readonly TaskField[]): Kind | undefined {
  const chosen = kinds.filter((kind) => given.includes(fieldsByKind[kind][0]));
  if (chosen.length < 2) return chosen[0];
  const options = chosen.map((kind) => `--${fieldsByKind[kind][0].option}`);
  throw new RaptorFlowError('invalid_input', `A task has one trigger: ${options.join(' or ')}.`);
}

function belonging(field: TaskField | undefined): string {
  const owners = kinds.filter((kind) => field !== undefined && fieldsByKind[kind].includes(field));
  return `--${field?.option} belongs to ${owners.map((kind) => `--${fieldsByKind[kind][0].option}`).join(' or ')}.`;
}

/** When a task runs, in words: `every day at 02:30 (UTC)`, `when bus is unhealthy or worse`. */
export function whenText({ trigger, schedule }: Pick<CleanupTask, 'trigger' | 'schedule'>): string {
  switch (trigger.kind) {
    case 'once':
      return `once at ${formatTime(trigger.at)}`;
    case 'threshold':
      return `when ${trigger.metric}${tagsText(trigger.tags)} is ${trigger.condition ?? 'above'} ${trigger.value}`;
    case 'health':
      return `when ${trigger.component ?? 'health'} is ${trigger.status === 'critical' ? 'critical' : `${trigger.status} or worse`}`;
    case 'event':
      return `when ${trigger.types?.join(' or ') ?? 'an event'} arrives on ${trigger.channel}`;
    case 'manual':
      return 'by hand only';
    case 'cron':
    case 'interval':
      return schedule ?? trigger.kind;
  }
}

function tagsText(tags: Readonly<Record<string, string>> | undefined): string {
  if (tags === undefined) return '';
  return `{${Object.entries(tags)
    .map(([name, value]) => `${name}=${value}`)
    .join(',')}}`;
}

/** What else is set of a trigger, a part each: `checked every 30s`. */
export function triggerDetails(trigger: CleanupTrigger): string[] {
  switch (trigger.kind) {
    case 'threshold':
      return [
        ...(trigger.clear_value === undefined ? [] : [`back at ${trigger.clear_value}`]),
        ...looksText(trigger),
      ];
    case 'health':
      return looksText(trigger);
    case 'event':
      return trigger.pause_seconds === undefined
        ? []
        : [`at most once in ${secondsText(trigger.pause_seconds)}`];
    case 'cron':
    case 'interval':
    case 'once':
    case 'manual':
      return [];
  }
}

function looksText({
  check_every_seconds: check,
  repeat_seconds: repeat,
}: Pick<Extract<CleanupTrigger, { kind: 'health' }>, 'check_every_seconds' | 'repeat_seconds'>): string[] {
  return [
    ...(check === undefined ? [] : [`checked every ${secondsText(check)}`]),
    ...(repeat === undefined
      ? []
      : [repeat === null ? 'once each time' : `again every ${secondsText(repeat)} while it lasts`]),
  ];
}

function secondsText(seconds: number): string {
  return formatDuration(seconds * 1_000);
}
