import { startPostgres } from '@raptorflow/rig';
import { describeOnPostgres } from '@raptorflow/runtime/testing';
import { alertStoreSuite } from '../src/alerting/contract-suite/alert-store.ts';

describeOnPostgres('alerts', startPostgres, alertStoreSuite);
