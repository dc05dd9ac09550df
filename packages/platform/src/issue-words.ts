/** What the schema library found wrong, as an instruction to whoever sent it. */

/** One finding of the schema library: its code, its own words, and what it expected. */
export interface Finding {
  readonly code: string;
  readonly message: string;
  readonly params: Readonly<Record<string, unknown>>;
}

/** The library's own words begin like this; every other message is one of our schemas', which says what to do already. */
const libraryWords = /^(?:Invalid input|Invalid option|Too small|Too big|Unrecognized key)/;

/** What to do about a finding: "Give a string; it is missing". Without a full stop, to be listed. */
export function instructionFor({ code, message, params }: Finding): string {
  const own = message.replace(/\.$/, '');
  if (!libraryWords.test(message)) return own;
  switch (code) {
    case 'invalid_type':
      return typeInstruction(String(params['expected']), /received (\w+)/.exec(message)?.[1]);
    case 'too_small':
      return boundInstruction('at least', params['origin'], params['minimum']) ?? own;
    case 'too_big':
      return boundInstruction('at most', params['origin'], params['maximum']) ?? own;
    case 'invalid_value':
      return Array.isArray(params['values']) ? `Give ${choice(params['values'])}` : own;
    case 'unrecognized_keys':
      return Array.isArray(params['keys'])
        ? `Leave out ${quoted(params['keys'])}: it is not known here`
        : own;
    default:
      return own;
  }
}

function typeInstruction(expected: string, received: string | undefined): string {
  if (expected === 'nonoptional') return 'Give it; it is missing';
  const wanted = withArticle(
    expected === 'int' ? 'whole number' : expected === 'record' ? 'object' : expected,
  );
  if (received === 'undefined') return `Give ${wanted}; it is missing`;
  return received === undefined || received === 'NaN'
    ? `Give ${wanted}`
    : `Give ${wanted}, not ${withArticle(received)}`;
}

function boundInstruction(
  bound: 'at least' | 'at most',
  origin: unknown,
  limit: unknown,
): string | undefined {
  if (typeof limit !== 'number') return undefined;
  const count = limit.toLocaleString('en-US');
  const plural = limit === 1 ? '' : 's';
  if (origin === 'string') return `Give ${bound} ${count} character${plural}`;
  if (origin === 'array' || origin === 'set') return `Give ${bound} ${count} item${plural}`;
  if (origin === 'number' || origin === 'int') return `Give a number of ${bound} ${count}`;
  return undefined;
}

function choice(values: readonly unknown[]): string {
  return values.length === 1 ? quoted(values) : `one of ${quoted(values)}`;
}

function quoted(values: readonly unknown[]): string {
  return values.map((value) => JSON.stringify(value)).join(', ');
}

function withArticle(noun: string): string {
  if (noun === 'null') return noun;
  return `${/^[aeiou]/.test(noun) ? 'an' : 'a'} ${noun}`;
}
