import { describeOnSqlite } from '../testing/index.ts';
import { dispatcherSuite } from './contract-suite/dispatcher.ts';

describeOnSqlite('the dispatcher', dispatcherSuite);
