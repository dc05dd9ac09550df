import { existsSync, readdirSync, rmSync } from 'node:fs';
import { join } from 'node:path';
import { lockDirectory } from 'raptorflow/storage';
import type { Command } from '../command.ts';
import { confirm, yesOption } from '../confirmation.ts';

/** What the program itself puts into its data directory; nothing else there is ever deleted. */
const ownEntries =
  /^(secret|server\.json|lock.*|(?:raptorflow|bus|metrics|quotas|cleanup|advice)\.db.*|exports)$/;

/** `raptorflow reset`: deletes what the program stored. */
export const reset: Command = {
  name: 'reset',
  summary:
    'Delete the data directory: campaigns, documents, events, runs and the secret that signs tokens. Asks first.',
  options: yesOption,
  async run(invocation) {
    const { output, environment } = invocation;
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
      await confirm(invocation, {
        what: 'reset asks before it deletes',
        text: `Delete ${entries.join(', ')} in ${home}? Type "delete" to go on: `,
        word: 'delete',
        otherwise: 'Nothing was deleted.',
      });
      for (const entry of entries)
        if (!entry.startsWith('lock')) rmSync(join(home, entry), { recursive: true, force: true });
      output.line(`Deleted what RaptorFlow stored in ${home}.`);
      output.result({ deleted: true, home });
    } finally {
      await lock.release();
    }
  },
};
