import { startPostgres } from '@raptorflow/rig';
import { describeOnPostgres } from '@raptorflow/runtime/testing';
import { hostRecordsSuite } from '../src/host-records/contract-suite/host-records.ts';

describeOnPostgres('host records', startPostgres, hostRecordsSuite);
