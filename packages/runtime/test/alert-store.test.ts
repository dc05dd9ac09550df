import { startPostgres } from '@raptorflow/rig';
import { describeOnBothDatabases } from '@raptorflow/runtime/testing';
import { alertStoreSuite } from '../src/alerting/contract-suite/alert-store.ts';

describeOnBothDatabases('alerts', startPostgres, alertStoreSuite);
