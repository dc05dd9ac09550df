export { checkpointStoreContract, type CheckpointStoreUnderTest } from './checkpoint-contract.ts';
export { deadLettersContract, type DeadLettersUnderTest } from './dead-letter-contract.ts';
