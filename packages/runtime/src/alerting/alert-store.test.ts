import { describeOnSqlite } from '../testing/index.ts';
import { alertStoreSuite } from './contract-suite/alert-store.ts';

describeOnSqlite('alerts', alertStoreSuite);
