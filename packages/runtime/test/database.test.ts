import { startPostgres } from '@raptorflow/rig';
import { describeOnPostgres } from '@raptorflow/runtime/testing';
import { migrationsSuite } from '../src/db/contract-suite/migrations.ts';
import { outboxSuite } from '../src/db/contract-suite/outbox.ts';
import { scopingShapesSuite } from '../src/db/contract-suite/scoping-shapes.ts';
import { scopingSuite } from '../src/db/contract-suite/scoping.ts';
import { transactionsSuite } from '../src/db/contract-suite/transactions.ts';
import { writingSuite } from '../src/db/contract-suite/writing.ts';

describeOnPostgres('the relational core', startPostgres, (open) => {
  scopingSuite(open);
  scopingShapesSuite(open);
  transactionsSuite(open);
  writingSuite(open);
  migrationsSuite(open);
  outboxSuite(open);
});
