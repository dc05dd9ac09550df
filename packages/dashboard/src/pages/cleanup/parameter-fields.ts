/** The parameters of an action as fields of a form, from the JSON schema that the server names for them. */
import type { WireCleanupDraft } from '@raptorflow/contract';

import { humanize } from '../../format/words.ts';

type Parameters = NonNullable<WireCleanupDraft['parameters']>;

/** One parameter. `json` is for what is no text, number, yes or no, or one of a few. */
export interface ParameterField {
  readonly name: string;
  readonly label: string;
  readonly kind: 'text' | 'number' | 'flag' | 'choice' | 'json';
  readonly isRequired: boolean;
  /** What may be written, in words; empty where anything may. */
  readonly hint: string;
  /** What holds where nothing is written; empty for nothing. */
  readonly fallback: string;
  readonly choices: readonly string[];
  readonly schema: Readonly<Record<string, unknown>>;
}

/** The fields of a schema; null where it is not one of an object with named properties. */
export function parameterFields(schema: unknown): readonly ParameterField[] | null {
  if (!isObject(schema) || !isObject(schema['properties'])) return null;
  const required = Array.isArray(schema['required']) ? schema['required'] : [];
  return Object.entries(schema['properties']).map(([name, property]) =>
    fieldOf(name, isObject(property) ? property : {}, required.includes(name)),
  );
}

function fieldOf(
  name: string,
  schema: Readonly<Record<string, unknown>>,
  isRequired: boolean,
): ParameterField {
  const choices = Array.isArray(schema['enum'])
    ? schema['enum'].filter((one) => typeof one === 'string')
    : [];
  const { default: fallback, description } = schema;
  const kind = kindOf(schema, choices);
  const words = typeof description === 'string' ? description : '';
  return {
    name,
    label: `${humanize(name)}${isRequired ? '' : ' (optional)'}`,
    kind,
    isRequired,
    hint: [words, kind === 'number' ? boundWords(schema) : ''].filter(Boolean).join(' '),
    fallback: fallback === undefined ? '' : textOf(fallback),
    choices,
    schema,
  };
}

function kindOf(
  { type }: Readonly<Record<string, unknown>>,
  choices: readonly string[],
): ParameterField['kind'] {
  if (choices.length > 0) return 'choice';
  if (type === 'number' || type === 'integer') return 'number';
  if (type === 'boolean') return 'flag';
  return type === 'string' ? 'text' : 'json';
}

/** "Above 0, at most 3650." */
function boundWords(schema: Readonly<Record<string, unknown>>): string {
  const bound = (name: string, words: string) => {
    const value = schema[name];
    // Whole numbers are bounded by what a number can hold; that says nothing.
    return typeof value === 'number' && Math.abs(value) < Number.MAX_SAFE_INTEGER
      ? [`${words} ${value}`]
      : [];
  };
  const parts = [
    ...bound('exclusiveMinimum', 'above'),
    ...bound('minimum', 'at least'),
    ...bound('exclusiveMaximum', 'below'),
    ...bound('maximum', 'at most'),
  ];
  const words = parts.join(', ');
  return words === '' ? '' : `${words.charAt(0).toUpperCase()}${words.slice(1)}.`;
}

/** A parameter as its field holds it. */
function textOf(value: unknown): string {
  return typeof value === 'string' ? value : JSON.stringify(value);
}

/** What the fields hold of parameters that there are. */
export function textsOf(parameters: Parameters): Record<string, string> {
  return Object.fromEntries(Object.entries(parameters).map(([name, value]) => [name, textOf(value)]));
}

/** What is written in a field: a value, nothing, or something that is wrong. */
type Written =
  | { readonly kind: 'value'; readonly value: unknown }
  | { readonly kind: 'nothing' }
  | { readonly kind: 'wrong'; readonly problem: string };

/** Reads a field. Bounds are checked, too: the server would say them in the words of its schema. */
function written(field: ParameterField, text: string): Written {
  const trimmed = text.trim();
  if (trimmed === '') {
    return field.isRequired && field.fallback === ''
      ? { kind: 'wrong', problem: 'It is needed.' }
      : { kind: 'nothing' };
  }
  if (field.kind === 'number') return numberIn(field, trimmed);
  if (field.kind === 'flag') return { kind: 'value', value: trimmed === 'true' };
  return field.kind === 'json' ? jsonIn(trimmed) : { kind: 'value', value: trimmed };
}

function numberIn({ schema, hint }: ParameterField, text: string): Written {
  const value = Number(text);
  if (!Number.isFinite(value)) return { kind: 'wrong', problem: 'Write a number.' };
  if (schema['type'] === 'integer' && !Number.isInteger(value)) {
    return { kind: 'wrong', problem: 'Write a whole number.' };
  }
  const limit = (name: string, otherwise: number) => {
    const bound = schema[name];
    return typeof bound === 'number' ? bound : otherwise;
  };
  const isWithin =
    value >= limit('minimum', -Infinity) &&
    value > limit('exclusiveMinimum', -Infinity) &&
    value <= limit('maximum', Infinity) &&
    value < limit('exclusiveMaximum', Infinity);
  return isWithin ? { kind: 'value', value } : { kind: 'wrong', problem: hint };
}

function jsonIn(text: string): Written {
  try {
    return { kind: 'value', value: JSON.parse(text) as unknown };
  } catch {
    return { kind: 'wrong', problem: 'Write it as JSON, such as {"days": 30} or ["a", "b"].' };
  }
}

/** The parameters that fields without problems say; what is empty is left to the action. */
export function parametersIn(
  fields: readonly ParameterField[],
  texts: Readonly<Record<string, string>>,
): Parameters {
  const parameters: Parameters = {};
  for (const field of fields) {
    const read = written(field, texts[field.name] ?? '');
    if (read.kind === 'value') parameters[field.name] = read.value;
  }
  return parameters;
}

/** What is wrong, by parameter. */
export function parameterProblems(
  fields: readonly ParameterField[],
  texts: Readonly<Record<string, string>>,
): Readonly<Record<string, string>> {
  return Object.fromEntries(
    fields.flatMap((field) => {
      const read = written(field, texts[field.name] ?? '');
      return read.kind === 'wrong' ? [[field.name, read.problem]] : [];
    }),
  );
}

/** Parameters in one line: "keep_days=30"; empty without any. */
export function parameterWords(parameters: Parameters): string {
  return Object.entries(parameters)
    .map(([name, value]) => `${name}=${textOf(value)}`)
    .join(', ');
}

function isObject(value: unknown): value is Readonly<Record<string, unknown>> {
  return typeof value === 'object' && value !== null && !Array.isArray(value);
}
