export { notifierContract, type NotifierUnderTest, type OtherSide } from './notifier-contract.ts';
export { recordedHistory, type RecordedHistory, type RecordedOptions } from './recorded-history.ts';
export { notificationOf, resolvedNotification } from './samples.ts';
export { alertStoreContract, type AlertStoreUnderTest } from './store-contract.ts';
