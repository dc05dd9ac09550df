import { RaptorFlowError, toRaptorFlowError } from 'raptorflow/kernel';
import { fallbacksMax } from '../models/aliases.ts';
import { modelAliases, type AliasMapping, type ModelCatalog } from '../models/catalog.ts';
import type { Prices } from '../dispatch/index.ts';
import { mappingOf, type AliasSetting, type AliasSettings } from './alias-settings.ts';

/** What aliases are judged by. */
export interface AliasRules {
  readonly models: ModelCatalog;
  readonly prices: Prices;
  readonly now: () => number;
  readonly aliasesMax: number;
}

/** New values of what is named; what is left out stays. */
export interface AliasChange {
  readonly model?: string | null;
  readonly fallbacks?: readonly string[];
}

/** Where a name leads: a model that can be called, or why not. */
export type Lead =
  | { readonly callable: true; readonly provider: string; readonly modelId: string }
  | { readonly callable: false; readonly error: RaptorFlowError };

const namePattern = /^[a-z][a-z0-9-]{0,39}$/;
const modelNamePattern = /^[^\s\0]{1,200}$/;
const offline = 'offline';
const choicesShownMax = 20;

/** Whether calls of this name could be made now: its provider is configured and its model has a price. */
export function leadOf(name: string, mapping: AliasMapping, { models, prices, now }: AliasRules): Lead {
  try {
    const { provider, modelId, region } = models.resolve(name, mapping);
    if (provider.name !== offline) prices.priceOf(modelId, region, now());
    return { callable: true, provider: provider.name, modelId };
  } catch (error) {
    return { callable: false, error: toRaptorFlowError(error) };
  }
}

/** Every model with a price whose provider is configured, the offline model first. */
export function callableModelIds(rules: AliasRules): { readonly id: string; readonly provider: string }[] {
  const priced = rules.prices.models().flatMap((id) => {
    const lead = leadOf(id, {}, rules);
    return lead.callable ? [{ id, provider: lead.provider }] : [];
  });
  return [{ id: offline, provider: offline }, ...priced];
}

/** The aliases that mean something without a workspace's help, and `embedding`. */
export function knownAliases({ models }: AliasRules): readonly string[] {
  return [...new Set([...modelAliases, 'embedding', ...Object.keys(models.aliases())])];
}

/** The settings with one alias set. Throws `invalid_input`, `exhausted`, `model_unknown`, `price_unknown` or `conflict`. */
export function withAlias(
  before: AliasSettings,
  alias: string,
  change: AliasChange,
  rules: AliasRules,
): AliasSettings {
  const isKnown = knownAliases(rules).includes(alias);
  if (!isKnown) checkName(alias, rules);
  const old = before.get(alias) ?? { model: null, fallbacks: [] };
  const setting: AliasSetting = {
    model: change.model === undefined ? old.model : change.model,
    fallbacks: change.fallbacks ?? old.fallbacks,
  };
  checkForm(alias, setting, isKnown);
  const after = new Map(before);
  if (setting.model === null && setting.fallbacks.length === 0) after.delete(alias);
  else after.set(alias, setting);
  if (after.size > rules.aliasesMax) {
    throw new RaptorFlowError(
      'exhausted',
      `A workspace sets at most ${rules.aliasesMax} aliases; unset one that nobody uses first.`,
      { details: { limit: rules.aliasesMax } },
    );
  }
  checkChain(alias, setting, mappingOf(after), rules);
  checkOthers(alias, before, after, rules);
  return after;
}

/** The settings without one alias. Throws `not_found` when they say nothing of it, and `conflict` while others stand for it. */
export function withoutAlias(before: AliasSettings, alias: string, rules: AliasRules): AliasSettings {
  if (!before.has(alias)) {
    const set = [...before.keys()].toSorted().join(', ');
    throw new RaptorFlowError(
      'not_found',
      `The workspace says nothing of the alias "${alias.slice(0, 100)}"; it sets ${set === '' ? 'none' : set}.`,
    );
  }
  const after = new Map(before);
  after.delete(alias);
  checkOthers(alias, before, after, rules);
  return after;
}

function checkName(alias: string, rules: AliasRules): void {
  if (!namePattern.test(alias)) {
    throw refused(
      `"${alias.slice(0, 100)}" cannot be an alias: 1 to 40 lower-case letters, digits and hyphens, a letter first.`,
    );
  }
  const isModel =
    rules.models.providers().includes(alias) ||
    rules.prices.models().includes(alias) ||
    /^(?:gemini-|claude-|gpt-|o\d)/.test(alias);
  if (isModel) throw refused(`"${alias}" is the name of a model, which calls may mean; choose another name.`);
}

function checkForm(alias: string, { model, fallbacks }: AliasSetting, isKnown: boolean): void {
  if (model === null && !isKnown) {
    throw refused(`The installation has no alias "${alias}"; say which model it stands for.`);
  }
  if (fallbacks.length > fallbacksMax) {
    throw refused(
      `The alias "${alias}" has ${fallbacks.length} fallbacks; at most ${fallbacksMax} are asked.`,
    );
  }
  for (const name of [...(model === null ? [] : [model]), ...fallbacks]) {
    if (!modelNamePattern.test(name)) {
      throw refused(
        `"${name.slice(0, 100)}" is no name of a model: 1 to 200 characters without blanks, such as "fast" or "vertex:gemini-3.8-flash".`,
      );
    }
  }
}

/** Everything that may be asked can be, and nothing is asked twice. */
function checkChain(alias: string, setting: AliasSetting, mapping: AliasMapping, rules: AliasRules): void {
  const seen = new Map<string, string>();
  for (const name of [alias, ...setting.fallbacks]) {
    const lead = leadOf(name, mapping, rules);
    // An alias that only gets fallbacks keeps its meaning, whatever that is.
    if (!lead.callable)
      throw notCallable(name === alias ? (setting.model ?? alias) : name, lead.error, rules);
    const model = `${lead.provider}:${lead.modelId}`;
    const earlier = seen.get(model);
    if (earlier !== undefined) {
      throw refused(
        `"${name}" and "${earlier}" are the same model (${model}); one that did not answer is not asked again as a fallback.`,
      );
    }
    seen.set(model, name);
  }
}

/** A change of one alias breaks no other that could be called before. */
function checkOthers(alias: string, before: AliasSettings, after: AliasSettings, rules: AliasRules): void {
  const [was, is] = [mappingOf(before), mappingOf(after)];
  for (const [other, { fallbacks }] of after) {
    if (other === alias) continue;
    for (const name of [other, ...fallbacks]) {
      if (!leadOf(name, was, rules).callable) continue;
      const lead = leadOf(name, is, rules);
      if (lead.callable) continue;
      throw new RaptorFlowError(
        'conflict',
        `The alias "${other}" needs "${alias}": ${lead.error.message} Change "${other}" first.`,
        { details: { alias, needed_by: other } },
      );
    }
  }
}

function notCallable(name: string, error: RaptorFlowError, rules: AliasRules): RaptorFlowError {
  const callable = callableModelIds(rules);
  const shown = callable
    .slice(0, choicesShownMax)
    .map(({ id, provider }) => (provider === id ? id : `${provider}:${id}`));
  const rest = callable.length - shown.length;
  const choices = rest > 0 ? [...shown, `${rest} more`] : shown;
  // A provider that is not configured is no outage of the settings.
  const code = error.code === 'price_unknown' ? 'price_unknown' : 'model_unknown';
  return new RaptorFlowError(
    code,
    `"${name}" cannot be called here: ${error.message} Models that can: ${choices.join(', ')}.`,
    { details: { model: name, reason: error.code, choices }, cause: error },
  );
}

function refused(message: string): RaptorFlowError {
  return new RaptorFlowError('invalid_input', message);
}
