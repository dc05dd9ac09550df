import { startPostgres } from '@raptorflow/rig';
import { describeOnBothDatabases } from '@raptorflow/runtime/testing';
import { alertDutySuite } from '../src/alerting/contract-suite/alert-duty.ts';

describeOnBothDatabases('the duty of alerts', startPostgres, alertDutySuite);
