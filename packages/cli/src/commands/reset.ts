import { existsSync, readdirSync, rmSync } from 'node:fs';
import { join } from 'node:path';
import { createInterface } from 'node:readline/promises';
import { lockDirectory } from 'raptorflow/storage';
import { RaptorFlowError } from 'raptorflow/kernel';
import { flagOption, type Command } from '../command.ts';

/** What the program itself puts into its data directory; nothing else there is ever deleted. */
const ownEntries = /^(secret|server\.json|lock.*|raptorflow\.db.*|bus\.db.*|exports)$/;

/** `raptorflow reset`: deletes what the program stored. */
export const reset: Command = {
  name: 'reset',
  summary:
    'Delete the data directory: campaigns, documents, events, runs and the secret that signs tokens. Asks first.',
  options: { yes: { type: 'boolean', short: 'y', help: 'Do not ask.' } },
  async run(invocation) {
    const { output, environment, signal } = invocation;
    const { home } = environment;
    if (!existsSync(home)) {
      output.line(`There is nothing to delete: ${home} does not exist.`);
      output.result({ deleted: false, home });
      return;
    }
    // Whoever holds the lock owns the directory; a running server refuses us with its process id.
    const lock = await lockDirectory(home, { owner: 'raptorflow reset' });
    try {
      const entries = readdirSync(home).filter((entry) => ownEntries.test(entry));
      if (!flagOption(invocation, 'yes') && !(await confirmed(home, entries, signal))) {
        throw new RaptorFlowError('cancelled', 'Nothing was deleted.');
      }
      for (const entry of entries)
        if (!entry.startsWith('lock')) rmSync(join(home, entry), { recursive: true, force: true });
      output.line(`Deleted what RaptorFlow stored in ${home}.`);
      output.result({ deleted: true, home });
    } finally {
      await lock.release();
    }
  },
};

async function confirmed(home: string, entries: readonly string[], signal: AbortSignal): Promise<boolean> {
  if (!process.stdin.isTTY) {
    throw new RaptorFlowError(
      'invalid_input',
      'reset asks before it deletes; without a terminal, pass --yes.',
    );
  }
  const terminal = createInterface({ input: process.stdin, output: process.stderr });
  try {
    const answer = await terminal.question(
      `Delete ${entries.join(', ')} in ${home}? Type "delete" to go on: `,
      { signal },
    );
    return answer.trim() === 'delete';
  } finally {
    terminal.close();
  }
}
