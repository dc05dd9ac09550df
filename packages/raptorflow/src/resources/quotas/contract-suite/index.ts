export { quotaStoreContract, type QuotaStoreUnderTest } from './store-contract.ts';
