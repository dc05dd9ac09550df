/** What a command is: its words, its options, and what it does. Help and parsing are readings of this description. */
import type { ParseArgsOptionDescriptor } from 'node:util';
import type { Output } from './output.ts';
import type { CliEnvironment } from './env.ts';

/** One option of a command, as `node:util` parses it, with the line that help shows. */
export interface OptionDescription extends ParseArgsOptionDescriptor {
  readonly help: string;
  /** The word that stands for the value in help; absent for flags. Shells offer the names of files for `FILE` and of folders for `FOLDER`. */
  readonly value?: string;
  /** Values that shells offer. */
  readonly choices?: readonly string[];
}

/** What every command takes. */
export const commonOptions: Readonly<Record<string, OptionDescription>> = {
  json: { type: 'boolean', help: 'Write the result as JSON, the last line of standard output.' },
  help: { type: 'boolean', short: 'h', help: 'Show this.' },
};

/** What a command's `run` receives. */
export interface Invocation {
  readonly positionals: readonly string[];
  /** The options given: text, flags, and lists where the option is `multiple`. */
  readonly options: Readonly<Record<string, string | boolean | (string | boolean)[] | undefined>>;
  readonly output: Output;
  readonly environment: CliEnvironment;
  /** Aborts at Ctrl-C. */
  readonly signal: AbortSignal;
}

/** A command of the program. */
export interface Command {
  /** The words that call it: `campaign run`. */
  readonly name: string;
  readonly summary: string;
  /** What follows the name: `FOLDER|brief.yaml`. */
  readonly operands?: string;
  /** Operands that shells offer. */
  readonly operandChoices?: readonly string[];
  /** How many operands there may be. */
  readonly operandCount?: readonly [number, number];
  readonly options?: Readonly<Record<string, OptionDescription>>;
  /** What help says below the options. */
  readonly notes?: string;
  /** Resolves when done; the exit code is 0, or the one of the error that it throws. */
  run(invocation: Invocation): Promise<void>;
}

/** A command as the table lists it, loaded when it is called. */
export interface CommandEntry {
  readonly name: string;
  readonly summary: string;
  load(): Promise<Command>;
}

/** An option's text, or undefined. */
export function textOption(invocation: Invocation, name: string): string | undefined {
  const value = invocation.options[name];
  return typeof value === 'string' ? value : undefined;
}

/** Whether a flag was given. */
export function flagOption(invocation: Invocation, name: string): boolean {
  return invocation.options[name] === true;
}

/** Resolves at Ctrl-C. */
export function aborted(signal: AbortSignal): Promise<void> {
  return new Promise((resolve) => {
    if (signal.aborted) resolve();
    else signal.addEventListener('abort', () => resolve(), { once: true });
  });
}
