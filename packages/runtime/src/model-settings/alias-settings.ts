import { z } from 'zod';
import { fallbacksMax, type WorkspaceAliases } from '../models/aliases.ts';
import type { AliasMapping } from '../models/catalog.ts';

/** What a workspace says of one alias. */
export interface AliasSetting {
  /** `offline`, a model id, `<provider>:<model id>` or another alias; null: what the installation says. */
  readonly model: string | null;
  /** Asked in turn when the model does not answer. Empty: those of the alias that it stands for, if any. */
  readonly fallbacks: readonly string[];
}

/** What a workspace says, by alias. */
export type AliasSettings = ReadonlyMap<string, AliasSetting>;

const settingSchema = z.object({ model: z.string().nullable(), fallbacks: z.array(z.string()) });
const storedSchema = z.record(z.string(), settingSchema);

/** Reads the column. */
export function settingsFromStored(stored: unknown): AliasSettings {
  return new Map(Object.entries(storedSchema.parse(stored)));
}

/** What the workspace lets aliases stand for. */
export function mappingOf(settings: AliasSettings): AliasMapping {
  return Object.fromEntries(
    [...settings].flatMap(([alias, { model }]) => (model === null ? [] : [[alias, model]])),
  );
}

/** The fallbacks of an alias: its own, else those of the alias that it stands for. */
export function fallbacksOf(alias: string, settings: AliasSettings): readonly string[] {
  // Aliases in a circle are refused when they are set; this only has to end.
  const passed = new Set<string>();
  for (let at: string | null = alias; at !== null && !passed.has(at);) {
    passed.add(at);
    const setting: AliasSetting | undefined = settings.get(at);
    if (setting === undefined) return [];
    if (setting.fallbacks.length > 0) return setting.fallbacks;
    at = setting.model;
  }
  return [];
}

/** The settings as calls need them, without the fallbacks that cannot be called or would ask a model twice. */
export function workspaceAliasesOf(
  settings: AliasSettings,
  /** Which model a name leads to, as one text; undefined when it cannot be called. */
  leadsTo: (name: string, mapping: AliasMapping) => string | undefined,
): WorkspaceAliases {
  const mapping = mappingOf(settings);
  const fallbacks = new Map<string, readonly string[]>();
  for (const alias of settings.keys()) {
    const asked = new Set([leadsTo(alias, mapping)]);
    const useful = fallbacksOf(alias, settings).filter((name) => {
      const model = leadsTo(name, mapping);
      if (model === undefined || asked.has(model)) return false;
      asked.add(model);
      return true;
    });
    if (useful.length > 0) fallbacks.set(alias, useful.slice(0, fallbacksMax));
  }
  return { mapping, fallbacks };
}
