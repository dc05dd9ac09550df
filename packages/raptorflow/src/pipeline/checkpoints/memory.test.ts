import { checkpointStoreContract } from '../contract-suite/index.ts';
import { memoryCheckpoints } from './memory.ts';

checkpointStoreContract('in memory', async () => ({
  store: memoryCheckpoints(),
  dispose: async () => undefined,
}));
