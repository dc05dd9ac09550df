import { describeOnSqlite } from '../testing/index.ts';
import { aliasCallsSuite } from './contract-suite/alias-calls.ts';
import { modelSettingsSuite } from './contract-suite/model-settings.ts';

describeOnSqlite('the aliases of workspaces', modelSettingsSuite);
describeOnSqlite('calls by the aliases of a workspace', aliasCallsSuite);
