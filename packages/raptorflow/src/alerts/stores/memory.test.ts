import { alertStoreContract } from '../contract-suite/index.ts';
import { memoryAlertStore } from './memory.ts';

alertStoreContract('in memory', () => {
  const store = memoryAlertStore();
  return Promise.resolve({ store, reopen: () => store, dispose: () => Promise.resolve() });
});
