import { startPostgres } from '@raptorflow/rig';
import { describeOnPostgres } from '@raptorflow/runtime/testing';
import { agentsSuite } from '../src/agents/contract-suite/agents.ts';

describeOnPostgres('agents', startPostgres, agentsSuite);
