import { startPostgres } from '@raptorflow/rig';
import { describeOnBothDatabases } from '@raptorflow/runtime/testing';
import { dispatcherSuite } from '../src/dispatch/contract-suite/dispatcher.ts';
import { ledgerSuite } from '../src/ledger/contract-suite/ledger.ts';

describeOnBothDatabases('the ledger', startPostgres, (open) => {
  ledgerSuite(open);
});

describeOnBothDatabases('the dispatcher', startPostgres, (open) => {
  dispatcherSuite(open);
});
