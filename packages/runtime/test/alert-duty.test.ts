import { startPostgres } from '@raptorflow/rig';
import { describeOnPostgres } from '@raptorflow/runtime/testing';
import { alertDutySuite } from '../src/alerting/contract-suite/alert-duty.ts';

describeOnPostgres('the duty of alerts', startPostgres, alertDutySuite);
