import { startPostgres } from '@raptorflow/rig';
import { describeOnPostgres } from '@raptorflow/runtime/testing';
import { admissionSuite } from '../src/identity/contract-suite/admission.ts';
import { apiKeysSuite } from '../src/identity/contract-suite/api-keys.ts';
import { invitationsSuite } from '../src/identity/contract-suite/invitations.ts';
import { removalsSuite } from '../src/identity/contract-suite/removals.ts';
import { signInSuite } from '../src/identity/contract-suite/sign-in.ts';
import { workspacesSuite } from '../src/identity/contract-suite/workspaces.ts';

describeOnPostgres('identity', startPostgres, (open) => {
  signInSuite(open);
  workspacesSuite(open);
  admissionSuite(open);
  apiKeysSuite(open);
  invitationsSuite(open);
  removalsSuite(open);
});
