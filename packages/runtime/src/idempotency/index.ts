export { createIdempotencyKeys } from './idempotency-keys.ts';
export type {
  Begun,
  Claim,
  IdempotencyDeps,
  IdempotencyKeys,
  IdempotencyOptions,
  KeptAnswer,
  KeyedRequest,
} from './idempotency-keys.ts';
export { idempotencyMigrations, idempotencyTables } from './tables.ts';
export type { IdempotencyTables } from './tables.ts';
