import { describeOnSqlite } from '../testing/index.ts';
import { admissionSuite } from './contract-suite/admission.ts';
import { apiKeysSuite } from './contract-suite/api-keys.ts';
import { invitationsSuite } from './contract-suite/invitations.ts';
import { removalsSuite } from './contract-suite/removals.ts';
import { signInSuite } from './contract-suite/sign-in.ts';
import { workspacesSuite } from './contract-suite/workspaces.ts';

describeOnSqlite('sign-in', signInSuite);
describeOnSqlite('workspaces', workspacesSuite);
describeOnSqlite('admission', admissionSuite);
describeOnSqlite('API keys', apiKeysSuite);
describeOnSqlite('invitations', invitationsSuite);
describeOnSqlite('export and deletion', removalsSuite);
