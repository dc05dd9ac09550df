import { isRaptorFlowError, RaptorFlowError, type Clock } from '../../../kernel/index.ts';
import { lockDirectory, type DirectoryLock } from '../../../storage/index.ts';

/** Makes this process the owner of a bus file. Throws `directory_locked`, which names the one that is. */
export async function takeLock(path: string, clock: Clock): Promise<DirectoryLock> {
  try {
    return await lockDirectory(`${path}-owner`, { owner: 'RaptorBus' }, { clock });
  } catch (error) {
    if (!isRaptorFlowError(error, 'directory_locked')) throw error;
    const holder = error.details['pid'];
    const who = typeof holder === 'number' ? `process ${holder}` : 'another process';
    throw new RaptorFlowError(
      'directory_locked',
      `The bus file ${path} is in use by ${who}. One process owns it: stop that one, use another file, or let several processes share a Redis engine.`,
      { details: { ...error.details, path }, cause: error },
    );
  }
}
