import { quotaStoreContract } from '../contract-suite/index.ts';
import { memoryQuotaStore } from './memory.ts';

quotaStoreContract('in memory', () => {
  const store = memoryQuotaStore();
  return Promise.resolve({ store, reopen: () => store, dispose: () => Promise.resolve() });
});
