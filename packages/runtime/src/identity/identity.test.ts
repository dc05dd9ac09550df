import { describeOnSqlite } from '../testing/index.ts';
import { signInSuite } from './contract-suite/sign-in.ts';
import { workspacesSuite } from './contract-suite/workspaces.ts';

describeOnSqlite('sign-in', signInSuite);
describeOnSqlite('workspaces', workspacesSuite);
