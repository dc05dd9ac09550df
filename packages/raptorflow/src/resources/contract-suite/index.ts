export { quotaStoreContract, type QuotaStoreUnderTest } from '../quotas/contract-suite/index.ts';
export { cleanupStoreContract, type CleanupStoreUnderTest } from './cleanup-store-contract.ts';
