import { describeOnSqlite } from '../testing/index.ts';
import { alertDutySuite } from './contract-suite/alert-duty.ts';

describeOnSqlite('the duty of alerts', alertDutySuite);
