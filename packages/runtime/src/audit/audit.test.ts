import { describeOnSqlite } from '../testing/index.ts';
import { appendingSuite } from './contract-suite/appending.ts';
import { readingSuite } from './contract-suite/reading.ts';

describeOnSqlite('the audit log writes', appendingSuite);
describeOnSqlite('the audit log reads', readingSuite);
