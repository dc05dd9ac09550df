/** Asking before something is done that cannot be undone. */
import { createInterface } from 'node:readline/promises';
import { RaptorFlowError } from 'raptorflow/kernel';
import { flagOption, type Invocation, type OptionDescription } from './command.ts';

/** The flag of every command that asks. */
export const yesOption: Readonly<Record<'yes', OptionDescription>> = {
  yes: { type: 'boolean', short: 'y', help: 'Do not ask.' },
};

/** What is asked for. */
export interface Question {
  /** The command that asks, and what it does then: `reset asks before it deletes`. */
  readonly what: string;
  readonly text: string;
  /** What has to be typed to go on. */
  readonly word: string;
  /** What is told when anything else was typed: `Nothing was deleted.` */
  readonly otherwise: string;
}

/** Where questions are put. */
export interface Terminal {
  readonly input: NodeJS.ReadableStream & { readonly isTTY?: boolean };
  readonly output: NodeJS.WritableStream;
}

/**
 * Resolves when the word was typed, or at once with `--yes`. Rejects with `cancelled` at any other answer, at Ctrl-C and at the end of the input, and with
 * `invalid_input` where nobody can be asked, because there is no terminal.
 */
export async function confirm(
  invocation: Invocation,
  { what, text, word, otherwise }: Question,
  terminal: Terminal = { input: process.stdin, output: process.stderr },
): Promise<void> {
  if (flagOption(invocation, 'yes')) return;
  if (terminal.input.isTTY !== true) {
    throw new RaptorFlowError('invalid_input', `${what}; without a terminal, pass --yes.`);
  }
  const lines = createInterface(terminal);
  const closed = new AbortController();
  lines.once('close', () => closed.abort());
  try {
    const signal = AbortSignal.any([invocation.signal, closed.signal]);
    const answer = await lines.question(text, { signal }).catch(() => '');
    if (answer.trim() !== word) throw new RaptorFlowError('cancelled', otherwise);
  } finally {
    lines.close();
  }
}
