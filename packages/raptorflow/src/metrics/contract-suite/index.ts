export { historyStoreContract } from './store-contract.ts';
export type { HistoryStoreUnderTest } from './world.ts';
