import { startPostgres } from '@raptorflow/rig';
import { describeOnBothDatabases } from '@raptorflow/runtime/testing';
import { agentsSuite } from '../src/agents/contract-suite/agents.ts';

describeOnBothDatabases('agents', startPostgres, agentsSuite);
