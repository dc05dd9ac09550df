import { describeOnSqlite } from '../testing/index.ts';
import { costsSuite } from './contract-suite/costs.ts';
import { holdsSuite } from './contract-suite/holds.ts';
import { ledgerSuite } from './contract-suite/ledger.ts';
import { levelsSuite } from './contract-suite/levels.ts';
import { patienceSuite } from './contract-suite/patience.ts';

describeOnSqlite('the ledger', ledgerSuite);
describeOnSqlite('budgets of every level', levelsSuite);
describeOnSqlite('holds', holdsSuite);
describeOnSqlite('reservations that wait', patienceSuite);
describeOnSqlite('costs', costsSuite);
