import { describeOnSqlite } from '../testing/index.ts';
import { cacheSuite } from './contract-suite/cache.ts';
import { chainsSuite } from './contract-suite/chains.ts';
import { countedCallsSuite } from './contract-suite/counted-calls.ts';
import { dispatcherSuite } from './contract-suite/dispatcher.ts';

describeOnSqlite('the dispatcher', dispatcherSuite);
describeOnSqlite('calls with fallbacks', chainsSuite);
describeOnSqlite('answers that serve again', cacheSuite);
describeOnSqlite('counted calls', countedCallsSuite);
