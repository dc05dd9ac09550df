import { startPostgres } from '@raptorflow/rig';
import { describeOnPostgres } from '@raptorflow/runtime/testing';
import { describe } from 'vitest';
import { dispatcherSuite } from '../src/dispatch/contract-suite/dispatcher.ts';
import { ledgerSuite } from '../src/dispatch/contract-suite/ledger.ts';

describeOnPostgres('the money of model calls', startPostgres, (open) => {
  describe('the ledger', () => {
    ledgerSuite(open);
  });
  describe('the dispatcher', () => {
    dispatcherSuite(open);
  });
});
