import { startPostgres } from '@raptorflow/rig';
import { describeOnBothDatabases } from '@raptorflow/runtime/testing';
import { chainsSuite } from '../src/dispatch/contract-suite/chains.ts';
import { dispatcherSuite } from '../src/dispatch/contract-suite/dispatcher.ts';
import { holdsSuite } from '../src/ledger/contract-suite/holds.ts';
import { ledgerSuite } from '../src/ledger/contract-suite/ledger.ts';
import { levelsSuite } from '../src/ledger/contract-suite/levels.ts';
import { patienceSuite } from '../src/ledger/contract-suite/patience.ts';

describeOnBothDatabases('the ledger', startPostgres, (open) => {
  ledgerSuite(open);
  levelsSuite(open);
  holdsSuite(open);
  patienceSuite(open);
});

describeOnBothDatabases('the dispatcher', startPostgres, (open) => {
  dispatcherSuite(open);
  chainsSuite(open);
});
