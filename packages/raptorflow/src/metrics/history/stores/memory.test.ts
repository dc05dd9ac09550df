import { historyStoreContract } from '../../contract-suite/index.ts';
import { memoryHistoryStore } from './memory.ts';

historyStoreContract(
  'memory',
  async () => ({ store: memoryHistoryStore(), dispose: async () => undefined }),
  { reopen: false, second: false },
);
