import { startPostgres } from '@raptorflow/rig';
import { describeOnBothDatabases } from '@raptorflow/runtime/testing';
import { signInSuite } from '../src/identity/contract-suite/sign-in.ts';
import { workspacesSuite } from '../src/identity/contract-suite/workspaces.ts';

describeOnBothDatabases('sign-in', startPostgres, signInSuite);
describeOnBothDatabases('workspaces', startPostgres, workspacesSuite);
