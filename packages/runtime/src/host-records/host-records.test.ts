import { describeOnSqlite } from '../testing/index.ts';
import { hostRecordsSuite } from './contract-suite/host-records.ts';

describeOnSqlite('host records', hostRecordsSuite);
