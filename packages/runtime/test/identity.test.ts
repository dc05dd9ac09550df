import { startPostgres } from '@raptorflow/rig';
import { describeOnPostgres } from '@raptorflow/runtime/testing';
import { describe } from 'vitest';
import { signInSuite } from '../src/identity/contract-suite/sign-in.ts';
import { workspacesSuite } from '../src/identity/contract-suite/workspaces.ts';

describeOnPostgres('identity', startPostgres, (open) => {
  describe('sign-in', () => {
    signInSuite(open);
  });
  describe('workspaces', () => {
    workspacesSuite(open);
  });
});
