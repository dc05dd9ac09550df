import { startPostgres } from '@raptorflow/rig';
import { describeOnPostgres } from '@raptorflow/runtime/testing';
import { describe } from 'vitest';
import { cacheSuite } from '../src/dispatch/contract-suite/cache.ts';
import { chainsSuite } from '../src/dispatch/contract-suite/chains.ts';
import { countedCallsSuite } from '../src/dispatch/contract-suite/counted-calls.ts';
import { dispatcherSuite } from '../src/dispatch/contract-suite/dispatcher.ts';
import { costsSuite } from '../src/ledger/contract-suite/costs.ts';
import { holdsSuite } from '../src/ledger/contract-suite/holds.ts';
import { ledgerSuite } from '../src/ledger/contract-suite/ledger.ts';
import { levelsSuite } from '../src/ledger/contract-suite/levels.ts';
import { patienceSuite } from '../src/ledger/contract-suite/patience.ts';

describeOnPostgres('the money of model calls', startPostgres, (open) => {
  describe('the ledger', () => {
    ledgerSuite(open);
    levelsSuite(open);
    holdsSuite(open);
    patienceSuite(open);
    costsSuite(open);
  });
  describe('the dispatcher', () => {
    dispatcherSuite(open);
    cacheSuite(open);
    chainsSuite(open);
  });
  describe('counted calls', () => {
    countedCallsSuite(open);
  });
});
