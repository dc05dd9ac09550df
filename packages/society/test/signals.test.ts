import { startPostgres } from '@raptorflow/rig';
import { describeOnBothDatabases } from '@raptorflow/runtime/testing';
import { signalsSuite } from '../src/signals/contract-suite/signals.ts';

describeOnBothDatabases('signals', startPostgres, signalsSuite);
