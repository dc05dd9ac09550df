import { startPostgres } from '@raptorflow/rig';
import { describeOnPostgres } from '@raptorflow/runtime/testing';
import { aliasCallsSuite } from '../src/model-settings/contract-suite/alias-calls.ts';
import { modelSettingsSuite } from '../src/model-settings/contract-suite/model-settings.ts';

describeOnPostgres('the aliases of workspaces', startPostgres, (open) => {
  modelSettingsSuite(open);
  aliasCallsSuite(open);
});
