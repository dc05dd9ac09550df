import { startPostgres } from '@raptorflow/rig';
import { describeOnBothDatabases } from '@raptorflow/runtime/testing';
import { dispatcherSuite } from '../src/dispatch/contract-suite/dispatcher.ts';
import { costsSuite } from '../src/ledger/contract-suite/costs.ts';
import { holdsSuite } from '../src/ledger/contract-suite/holds.ts';
import { ledgerSuite } from '../src/ledger/contract-suite/ledger.ts';
import { levelsSuite } from '../src/ledger/contract-suite/levels.ts';

describeOnBothDatabases('the ledger', startPostgres, (open) => {
  ledgerSuite(open);
  levelsSuite(open);
  holdsSuite(open);
  costsSuite(open);
});

describeOnBothDatabases('the dispatcher', startPostgres, (open) => {
  dispatcherSuite(open);
});
