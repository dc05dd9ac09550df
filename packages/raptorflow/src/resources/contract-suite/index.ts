export { cleanupStoreContract, type CleanupStoreUnderTest } from './cleanup-store-contract.ts';
