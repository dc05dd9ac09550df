import { createFakeClock } from '../../../kernel/testing/index.ts';
import { cleanupStoreContract } from '../../contract-suite/index.ts';
import { memoryCleanupStore } from './memory.ts';

cleanupStoreContract('in memory', () => {
  const store = memoryCleanupStore({ clock: createFakeClock() });
  return Promise.resolve({ store, reopen: () => store, dispose: () => Promise.resolve() });
});
