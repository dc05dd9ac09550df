import { describeOnSqlite } from '../testing/index.ts';
import { ledgerSuite } from './contract-suite/ledger.ts';

describeOnSqlite('the ledger', ledgerSuite);
