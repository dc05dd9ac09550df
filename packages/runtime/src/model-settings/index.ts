export type { AliasChange, Lead } from './alias-rules.ts';
export type { AliasSetting } from './alias-settings.ts';
export { createModelSettings } from './model-settings.ts';
export type {
  ChangedAlias,
  DescribedAlias,
  ModelSettings,
  ModelSettingsDeps,
  ModelSettingsOptions,
} from './model-settings.ts';
export { modelSettingsMigrations, modelSettingsTables } from './tables.ts';
