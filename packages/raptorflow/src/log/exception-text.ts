import type { SourceMaps } from './source-maps.ts';

/** What is known about the call that failed. */
export interface ExceptionContext {
  /** The function's name. */
  readonly name?: string | undefined;
  readonly durationMs?: number | undefined;
  readonly correlationId?: string | undefined;
  /** The arguments, as they may be shown. */
  readonly arguments?: string | undefined;
  /** Anything else in words, such as `uncaught, the process ends`. */
  readonly note?: string | undefined;
  /** False leaves the stack out, where it is in the log already. Default true. */
  readonly stack?: boolean | undefined;
}

const framesMax = 50;
const causesMax = 5;
const errorsShownMax = 5;

/**
 * The text of an error for the log: its name and message, what is known about the call, then the stack and those of its causes, all but
 * the first line indented. Anything can be thrown, and getters of errors can throw in turn; this never does.
 */
export function describeException(error: unknown, context: ExceptionContext, maps: SourceMaps): string {
  const [first = '', ...more] = headOf(error).split('\n');
  const lines = [`RAPTOR EXCEPTION: ${first}${inWords(context)}`, ...more];
  if (context.stack !== false) {
    lines.push(...framesOf(error).map((frame) => maps.translate(frame)));
    addCauses(error, lines, maps, 1);
  }
  return lines.join('\n');
}

function inWords(context: ExceptionContext): string {
  const facts: string[] = [];
  if (context.name !== undefined) facts.push(`in ${context.name}(${context.arguments ?? ''})`);
  else if (context.arguments !== undefined) facts.push(`arguments (${context.arguments})`);
  if (context.durationMs !== undefined) facts.push(`after ${Number(context.durationMs.toFixed(3))} ms`);
  if (context.correlationId !== undefined) facts.push(`correlation ${context.correlationId}`);
  if (context.note !== undefined) facts.push(context.note);
  return facts.length === 0 ? '' : ` | ${facts.join(' | ')}`;
}

function addCauses(error: unknown, lines: string[], maps: SourceMaps, depth: number): void {
  if (depth > causesMax) return;
  const add = (title: string, inner: unknown): void => {
    lines.push(`${title}: ${headOf(inner)}`, ...framesOf(inner).map((frame) => maps.translate(frame)));
    addCauses(inner, lines, maps, depth + 1);
  };
  const cause = fieldOf(error, 'cause');
  if (cause !== undefined) add('caused by', cause);
  const errors = fieldOf(error, 'errors');
  if (!Array.isArray(errors)) return;
  for (const inner of errors.slice(0, errorsShownMax)) add('one of', inner);
}

/** `TypeError: message`; what is no error is shown by its kind and, if it is simple, as it is. */
export function headOf(error: unknown): string {
  if (typeof error === 'symbol' || typeof error === 'function') return `a ${typeof error} was thrown`;
  if (typeof error !== 'object' || error === null) return String(error);
  const name = fieldOf(error, 'name');
  const message = fieldOf(error, 'message');
  if (typeof message !== 'string') return 'an object without a message was thrown';
  const title = typeof name === 'string' && name !== '' ? name : 'Error';
  return message === '' ? title : `${title}: ${message}`;
}

/** The frames of an error's stack, without the indentation. */
export function framesOf(error: unknown): string[] {
  const stack = fieldOf(error, 'stack');
  if (typeof stack !== 'string') return [];
  return stack
    .split('\n')
    .filter((line) => /^\s+at /.test(line))
    .slice(0, framesMax)
    .map((line) => line.trim());
}

function fieldOf(error: unknown, field: string): unknown {
  if (typeof error !== 'object' || error === null) return undefined;
  try {
    return (error as Record<string, unknown>)[field];
  } catch {
    return undefined;
  }
}
