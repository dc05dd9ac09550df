import { startPostgres } from '@raptorflow/rig';
import { describeOnBothDatabases } from '@raptorflow/runtime/testing';
import { idempotencySuite } from '../src/idempotency/contract-suite/idempotency.ts';

describeOnBothDatabases('idempotency keys', startPostgres, idempotencySuite);
