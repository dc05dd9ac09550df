import { describeOnSqlite } from '../testing/index.ts';
import { idempotencySuite } from './contract-suite/idempotency.ts';

describeOnSqlite('idempotency keys', idempotencySuite);
