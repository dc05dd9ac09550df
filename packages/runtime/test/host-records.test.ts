import { startPostgres } from '@raptorflow/rig';
import { describeOnBothDatabases } from '@raptorflow/runtime/testing';
import { hostRecordsSuite } from '../src/host-records/contract-suite/host-records.ts';

describeOnBothDatabases('host records', startPostgres, hostRecordsSuite);
