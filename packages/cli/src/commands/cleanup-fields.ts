/** What can be said of a cleanup task: each field with the option that says it and its name on the wire. */
import type { Client } from '@raptorflow/client';
import { parseDuration, RaptorFlowError } from 'raptorflow/kernel';
import type { Invocation, OptionDescription } from '../command.ts';

/** Every task, what tasks can do, and sums over all of them. */
export type CleanupList = Awaited<ReturnType<Client['cleanup']['list']>>['data'];
/** A task and how it does. */
export type CleanupTask = CleanupList['tasks'][number];
/** What makes a task run. */
export type CleanupTrigger = CleanupTask['trigger'];

/** A field of a task or of its trigger. */
export interface TaskField extends OptionDescription {
  /** The option, without its dashes. */
  readonly option: string;
  /** The field's name on the wire. */
  readonly field: string;
  /** The option's text as a value of the field. Throws `invalid_input` naming the option. */
  readonly read: (text: string, option: string) => unknown;
}

const priorities: readonly CleanupTask['priority'][] = ['low', 'medium', 'high', 'critical'];
const overlaps: readonly CleanupTask['overlap'][] = ['skip', 'wait', 'allow'];
const missed: readonly CleanupTask['missed'][] = ['run_once', 'skip'];
const places: readonly CleanupTask['runs_on'][] = ['one_process', 'every_process'];

/** What a task does. */
export const actionField: TaskField = {
  option: 'action',
  field: 'action',
  type: 'string',
  value: 'ACTION',
  help: 'What it does; see "raptorflow cleanup actions".',
  read: asText,
};

/** Everything but the trigger and the parameters. */
export const taskFields: readonly TaskField[] = [
  actionField,
  {
    option: 'name',
    field: 'name',
    type: 'string',
    value: 'NAME',
    help: 'What people call it.',
    read: asText,
  },
  {
    option: 'note',
    field: 'description',
    type: 'string',
    value: 'TEXT',
    help: 'What it is for.',
    read: asText,
  },
  choice('priority', priorities, 'LEVEL', 'What goes first when several wait: '),
  {
    option: 'timeout',
    field: 'timeout_seconds',
    type: 'string',
    value: 'TIME',
    help: 'How long an attempt may take: 5m.',
    read: asSeconds,
  },
  {
    option: 'retries',
    field: 'retry_count',
    type: 'string',
    value: 'N',
    help: 'Attempts after one that failed.',
    read: asNumber,
  },
  {
    option: 'retry-delay',
    field: 'retry_delay_seconds',
    type: 'string',
    value: 'TIME',
    help: 'Before each of them: 30s.',
    read: asSeconds,
  },
  choice('overlap', overlaps, 'WHAT', 'When it is due and still runs: '),
  {
    option: 'concurrency',
    field: 'concurrency',
    type: 'string',
    value: 'N',
    help: 'With --overlap allow: how often at once.',
    read: asNumber,
  },
  choice('missed', missed, 'WHAT', 'Times that nobody was there for: '),
  choice('runs-on', places, 'WHERE', 'On '),
  {
    option: 'tags',
    field: 'tags',
    type: 'string',
    value: 'TAG,…',
    help: 'Words to find it by; "none" for none.',
    read: (text) => (text === 'none' ? [] : asList(text)),
  },
];

/** The options of these fields, as a command describes them. */
export function optionsOf(fields: readonly TaskField[]): Readonly<Record<string, OptionDescription>> {
  return Object.fromEntries(
    fields.map(({ option, field: _field, read: _read, ...description }) => [option, description]),
  );
}

/** Those of these fields whose options were given. */
export function fieldsGiven(invocation: Invocation, fields: readonly TaskField[]): readonly TaskField[] {
  return fields.filter(({ option }) => invocation.options[option] !== undefined);
}

function choice(option: string, words: readonly string[], value: string, help: string): TaskField {
  return {
    option,
    field: option.replaceAll('-', '_'),
    type: 'string',
    value,
    choices: words,
    help: `${help}${words.join(', ')}.`,
    read: (text) => {
      if (words.includes(text)) return text;
      throw refused(option, `takes one of ${words.join(', ')}`, text);
    },
  };
}

/** The text itself. */
export function asText(text: string): string {
  return text;
}

/** Seconds of `30s`, `10m`, `1h30m`. */
export function asSeconds(text: string, option: string): number {
  try {
    return parseDuration(text) / 1_000;
  } catch {
    throw refused(option, 'takes a time such as 30s, 10m or 1h30m', text);
  }
}

/** A number, with or without a point. */
export function asNumber(text: string, option: string): number {
  const value = Number(text);
  if (text.trim() !== '' && Number.isFinite(value)) return value;
  throw refused(option, 'takes a number', text);
}

/** Words between commas. */
export function asList(text: string): string[] {
  return text
    .split(',')
    .map((word) => word.trim())
    .filter((word) => word !== '');
}

/** Pairs such as `status=idle,host=a`. */
export function asPairs(text: string, option: string): Record<string, string> {
  return Object.fromEntries(
    asList(text).map((pair) => {
      const [, name, value] = /^([^=]+)=(.*)$/u.exec(pair) ?? [];
      if (name !== undefined && value !== undefined) return [name, value];
      throw refused(option, 'takes NAME=VALUE,…', text);
    }),
  );
}

function refused(option: string, takes: string, text: string): RaptorFlowError {
  return new RaptorFlowError('invalid_input', `--${option} ${takes}, not "${text}".`);
}
