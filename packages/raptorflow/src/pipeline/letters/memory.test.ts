import { deadLettersContract } from '../contract-suite/index.ts';
import { memoryDeadLetters } from './memory.ts';

deadLettersContract('in memory', async () => ({
  letters: memoryDeadLetters(),
  dispose: async () => undefined,
}));
