import { startPostgres } from '@raptorflow/rig';
import { describeOnPostgres } from '@raptorflow/runtime/testing';
import { signalsSuite } from '../src/signals/contract-suite/signals.ts';

describeOnPostgres('signals', startPostgres, signalsSuite);
