import { describeOnSqlite } from '../testing/index.ts';
import { agentsSuite } from './contract-suite/agents.ts';

describeOnSqlite('agents', agentsSuite);
