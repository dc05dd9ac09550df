import { parseOptions, RaptorFlowError, systemClock, type Clock } from 'raptorflow/kernel';
import { z } from 'zod';
import { fromJsonText, toJsonText, type Database } from '../db/index.ts';
import type { Prices } from '../dispatch/index.ts';
import type { WorkspaceAliases } from '../models/aliases.ts';
import type { ModelCatalog } from '../models/catalog.ts';
import {
  callableModelIds,
  knownAliases,
  leadOf,
  withAlias,
  withoutAlias,
  type AliasChange,
  type AliasRules,
  type Lead,
} from './alias-rules.ts';
import {
  fallbacksOf,
  mappingOf,
  settingsFromStored,
  workspaceAliasesOf,
  type AliasSetting,
  type AliasSettings,
} from './alias-settings.ts';
import { KeptValues } from './kept-values.ts';
import type { ModelSettingsTables } from './tables.ts';

/** Bounds of the settings; all optional. */
export interface ModelSettingsOptions {
  /** Aliases that one workspace may set. Default 50. */
  readonly aliasesPerWorkspaceMax?: number;
  /** For so long another process may still call by the old meaning after a change, in milliseconds. Default 5,000. */
  readonly staleMsMax?: number;
  /** Workspaces whose aliases are kept in memory. Default 10,000. */
  readonly workspacesKeptMax?: number;
}

/** What they work with. */
export interface ModelSettingsDeps {
  readonly db: Database;
  readonly models: ModelCatalog;
  readonly prices: Prices;
  readonly clock?: Clock;
}

/** One alias, as it is and as it is meant. */
export interface DescribedAlias {
  readonly alias: string;
  /** What the workspace says; null where it leaves that to the installation. */
  readonly setting: AliasSetting | null;
  /** What the installation says; null for an alias that only the workspace knows. */
  readonly installed: string | null;
  readonly lead: Lead;
  /** Who stands in for it, in order, its own or those of the alias that it stands for. One that cannot be called is left out of calls. */
  readonly fallbacks: readonly { readonly name: string; readonly lead: Lead }[];
}

/** What a change did. */
export interface ChangedAlias {
  readonly alias: string;
  /** Null where nothing was said. */
  readonly before: AliasSetting | null;
  readonly after: AliasSetting | null;
}

/** What the aliases mean in each workspace. */
export interface ModelSettings {
  /**
   * As the dispatcher asks for them with every call: from memory, right at once in the process that changed them, at most `staleMsMax` old in
   * others. Rejects with what the database rejects with.
   */
  aliasesOf(workspaceId: string): Promise<WorkspaceAliases>;
  /** All aliases that mean something in the workspace: the house's in their order, then its own by name. Never from memory. */
  list(workspaceId: string): Promise<readonly DescribedAlias[]>;
  /**
   * Says what an alias stands for and what stands in for that. What is not named stays; with neither, the alias is the installation's again.
   * Everything named must be callable now. Throws `invalid_input`, `model_unknown` and `price_unknown` (both with what there is),
   * `exhausted`, and `conflict` when another alias would break or many change at once.
   */
  set(workspaceId: string, alias: string, change: AliasChange): Promise<ChangedAlias>;
  /** Leaves an alias to the installation again, or removes the workspace's own. Throws `not_found` or `conflict`. */
  unset(workspaceId: string, alias: string): Promise<ChangedAlias>;
  /** The models that can be called by their own names, the offline model first. */
  callableModels(): readonly { readonly id: string; readonly provider: string }[];
}

const optionsSchema = z.strictObject({
  aliasesPerWorkspaceMax: z.int().positive().default(50),
  staleMsMax: z.int().positive().default(5_000),
  workspacesKeptMax: z.int().positive().default(10_000),
});

/** How often a change is tried again when somebody else changed the settings at the same moment. */
const collisionsMax = 20;

/** Builds the settings over the relational core. Throws `invalid_options`. */
export function createModelSettings(options: ModelSettingsOptions, deps: ModelSettingsDeps): ModelSettings {
  return new StoredModelSettings(parseOptions('createModelSettings', optionsSchema, options), deps);
}

class StoredModelSettings implements ModelSettings {
  readonly #db: Database;
  readonly #clock: Clock;
  readonly #rules: AliasRules;
  readonly #kept: KeptValues<WorkspaceAliases>;

  constructor(options: z.output<typeof optionsSchema>, deps: ModelSettingsDeps) {
    const { db, models, prices, clock = systemClock } = deps;
    this.#db = db;
    this.#clock = clock;
    const now = (): number => clock.now();
    this.#rules = { models, prices, now, aliasesMax: options.aliasesPerWorkspaceMax };
    const { staleMsMax, workspacesKeptMax: valuesMax } = options;
    this.#kept = new KeptValues({ staleMsMax, valuesMax }, clock, async (workspaceId) =>
      workspaceAliasesOf((await this.#read(workspaceId)).settings, (name, mapping) => {
        const lead = leadOf(name, mapping, this.#rules);
        return lead.callable ? `${lead.provider}:${lead.modelId}` : undefined;
      }),
    );
  }

  aliasesOf(workspaceId: string): Promise<WorkspaceAliases> {
    return this.#kept.get(workspaceId);
  }

  async list(workspaceId: string): Promise<readonly DescribedAlias[]> {
    const { settings } = await this.#read(workspaceId);
    const mapping = mappingOf(settings);
    const installed = new Map(Object.entries(this.#rules.models.aliases()));
    const meant = knownAliases(this.#rules).filter((alias) => installed.has(alias) || settings.has(alias));
    const own = [...settings.keys()].filter((alias) => !meant.includes(alias)).toSorted();
    return [...meant, ...own].map((alias) => ({
      alias,
      setting: settings.get(alias) ?? null,
      installed: installed.get(alias) ?? null,
      lead: leadOf(alias, mapping, this.#rules),
      fallbacks: fallbacksOf(alias, settings).map((name) => ({
        name,
        lead: leadOf(name, mapping, this.#rules),
      })),
    }));
  }

  set(workspaceId: string, alias: string, change: AliasChange): Promise<ChangedAlias> {
    return this.#change(workspaceId, alias, (before) => withAlias(before, alias, change, this.#rules));
  }

  unset(workspaceId: string, alias: string): Promise<ChangedAlias> {
    return this.#change(workspaceId, alias, (before) => withoutAlias(before, alias, this.#rules));
  }

  callableModels(): readonly { readonly id: string; readonly provider: string }[] {
    return callableModelIds(this.#rules);
  }

  async #change(
    workspaceId: string,
    alias: string,
    change: (before: AliasSettings) => AliasSettings,
  ): Promise<ChangedAlias> {
    for (let collisions = 0; collisions < collisionsMax; collisions += 1) {
      const { settings, version } = await this.#read(workspaceId);
      const after = change(settings);
      if (!(await this.#write(workspaceId, version, after))) continue;
      // Only after the commit: who asked before it may have read the old meaning, who asks from now on does not.
      this.#kept.forget(workspaceId);
      return { alias, before: settings.get(alias) ?? null, after: after.get(alias) ?? null };
    }
    throw new RaptorFlowError('conflict', 'The aliases are being changed by many at once; try again.', {
      retryable: true,
    });
  }

  async #read(workspaceId: string): Promise<{ settings: AliasSettings; version: number }> {
    const row = await this.#db
      .forWorkspace<ModelSettingsTables>(workspaceId)
      .selectFrom('model_settings')
      .select(['aliases', 'version'])
      .executeTakeFirst();
    if (row === undefined) return { settings: new Map(), version: 0 };
    return { settings: fromJsonText(row.aliases, settingsFromStored), version: row.version };
  }

  /** False when somebody else was first. */
  async #write(workspaceId: string, version: number, settings: AliasSettings): Promise<boolean> {
    const tables = this.#db.forWorkspace<ModelSettingsTables>(workspaceId);
    const values = {
      aliases: toJsonText(Object.fromEntries(settings)),
      version: version + 1,
      updated_at: this.#clock.now(),
    };
    const stored =
      version === 0
        ? await tables
            .insertInto('model_settings')
            .values(values)
            .onConflict((conflict) => conflict.column('workspace_id').doNothing())
            .returning('version')
            .executeTakeFirst()
        : await tables
            .updateTable('model_settings')
            .set(values)
            .where('version', '=', version)
            .returning('version')
            .executeTakeFirst();
    return stored !== undefined;
  }
}
