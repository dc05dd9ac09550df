import { startPostgres } from '@raptorflow/rig';
import { appendingSuite } from '../src/audit/contract-suite/appending.ts';
import { readingSuite } from '../src/audit/contract-suite/reading.ts';
import { describeOnBothDatabases } from '../src/testing/index.ts';

describeOnBothDatabases('the audit log writes', startPostgres, appendingSuite);
describeOnBothDatabases('the audit log reads', startPostgres, readingSuite);
