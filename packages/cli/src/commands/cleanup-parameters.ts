/** Parameters of what cleanup tasks do: written as NAME=VALUE, and told as their schema has them. */
import { RaptorFlowError } from 'raptorflow/kernel';
import type { Invocation, OptionDescription } from '../command.ts';
import type { CleanupTask } from './cleanup-fields.ts';

type JsonObject = CleanupTask['parameters'];

/** The option that says them. */
export const parameterOption: Readonly<Record<'parameter', OptionDescription>> = {
  parameter: {
    type: 'string',
    value: 'NAME=VALUE',
    multiple: true,
    help: 'A parameter of the action; may be given again.',
  },
};

/**
 * The parameters with what the options say of them; undefined when they say nothing. A value that reads as JSON is taken as such, any other as text; an
 * empty one takes the parameter away. Throws `invalid_input`.
 */
export function parametersIn({ options }: Invocation, present: JsonObject): JsonObject | undefined {
  const given = options['parameter'];
  if (!Array.isArray(given)) return undefined;
  const parameters = new Map(Object.entries(present));
  for (const pair of given.map(String)) {
    const [, name, text] = /^([^=]+)=(.*)$/su.exec(pair) ?? [];
    if (name === undefined || text === undefined) {
      throw new RaptorFlowError('invalid_input', `--parameter takes NAME=VALUE, not "${pair}".`);
    }
    if (text === '') parameters.delete(name);
    else parameters.set(name, valueIn(text));
  }
  return Object.fromEntries(parameters);
}

function valueIn(text: string): unknown {
  try {
    return JSON.parse(text);
  } catch {
    return text;
  }
}

/** Parameters as they are written: `keep_days=30 resource_type=file_handle`. */
export function parametersText(parameters: JsonObject): string {
  return Object.entries(parameters)
    .map(([name, value]) => `${name}=${typeof value === 'string' ? value : JSON.stringify(value)}`)
    .join(' ');
}

/** The parameters of a JSON schema of an object, each with what it may be: `number, above 0, default 30`. */
export function parameterRows(schema: JsonObject): [name: string, may: string][] {
  const required = new Set(Array.isArray(schema['required']) ? schema['required'] : []);
  return Object.entries(objectIn(schema['properties'])).map(([name, property]) => {
    const may = mayText(objectIn(property));
    return [name, required.has(name) ? `${may}, required` : may];
  });
}

const bounds: readonly (readonly [keyword: string, words: string])[] = [
  ['minimum', 'at least'],
  ['exclusiveMinimum', 'above'],
  ['maximum', 'at most'],
  ['exclusiveMaximum', 'below'],
  ['default', 'default'],
];

function mayText(property: JsonObject): string {
  const { type, enum: words } = property;
  const kind = Array.isArray(words) ? `one of ${words.map(String).join(', ')}` : typeText(type);
  const limits = bounds.flatMap(([keyword, told]) => {
    const value = property[keyword];
    return value === undefined
      ? []
      : [`${told} ${typeof value === 'string' ? value : JSON.stringify(value)}`];
  });
  return [kind, ...limits].join(', ');
}

function typeText(type: unknown): string {
  if (type === 'integer') return 'whole number';
  return typeof type === 'string' ? type : 'any value';
}

function objectIn(value: unknown): JsonObject {
  return typeof value === 'object' && value !== null ? { ...value } : {};
}
