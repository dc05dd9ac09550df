export { quotaStoreContract, type QuotaStoreUnderTest } from '../quotas/contract-suite/index.ts';
