import { parseOptions, RaptorFlowError } from 'raptorflow/kernel';
import { z } from 'zod';
import type { ModelProvider } from './model.ts';
import { createAnthropicProvider } from './providers/anthropic.ts';
import { createOfflineProvider } from './providers/offline.ts';
import { createProviderFetch } from './providers/http.ts';
import { createOpenAiProvider, openAiBaseUrl } from './providers/openai-compatible.ts';
import { createVertexProvider } from './providers/vertex.ts';

/** The names that agents use instead of model ids. */
export const modelAliases = ['fast', 'standard', 'heavy', 'research'] as const;

/** One of `modelAliases`. */
export type ModelAlias = (typeof modelAliases)[number];

/** Names of the house, whatever they stand for at present: no model is looked for under them. */
const houseAliases: ReadonlySet<string> = new Set([...modelAliases, 'embedding']);

/** Aliases and what each stands for: `offline`, a model id, `<provider>:<model id>`, or another alias. */
export type AliasMapping = { readonly [alias: string]: string | undefined };

/** Which providers there are. A provider without its section is not configured; the offline model is always there. */
export interface ModelCatalogOptions {
  readonly vertex?:
    | {
        readonly project: string;
        /** Default `us-central1`; `global` is cheaper where the model is served from it. */
        readonly location?: string | undefined;
        readonly baseUrl?: string | undefined;
      }
    | undefined;
  readonly anthropic?: { readonly apiKey: string; readonly baseUrl?: string | undefined } | undefined;
  /** A key, an address, or both. */
  readonly openai?:
    | { readonly apiKey?: string | undefined; readonly baseUrl?: string | undefined }
    | undefined;
  /** Replaces what the aliases stand for in this installation. */
  readonly aliases?: { readonly [alias in ModelAlias]?: string | undefined };
}

/** What a catalog needs from outside; all optional. */
export interface ModelCatalogDeps {
  /** Makes the providers' requests; default: one of our own, over connections that stay open. */
  readonly fetch?: typeof globalThis.fetch;
  /** Gives Vertex AI's access tokens; default: Google's application default credentials. */
  readonly vertexAccessToken?: () => Promise<string>;
  /** Replaces the offline model. */
  readonly offline?: ModelProvider;
  /** Further providers, under their own names. */
  readonly providers?: readonly ModelProvider[];
}

/** A name resolved to the one who answers to it. */
export interface ResolvedModel {
  readonly provider: ModelProvider;
  /** The provider's own id of the model. */
  readonly modelId: string;
  /** The region that serves it, where that decides about price and breaker; else null. */
  readonly region: string | null;
}

/** The models of one installation. */
export interface ModelCatalog {
  /**
   * Resolves an alias or a model id. `mapping` (a workspace's own) goes before the installation's aliases; an alias may stand for another.
   * Throws `model_unknown`, naming the choices or the circle, or `missing_configuration`, naming the variable to set.
   */
  resolve(name: string, mapping?: AliasMapping): ResolvedModel;
  /** The names of the configured providers, the offline model's last. */
  providers(): readonly string[];
  /** What each alias stands for at present, as `<provider>:<model id>`; aliases that stand for nothing are left out. */
  aliases(mapping?: AliasMapping): AliasMapping;
}

const text = z.string().min(1);
const optionsSchema = z.strictObject({
  vertex: z
    .strictObject({ project: text, location: text.default('us-central1'), baseUrl: z.url().optional() })
    .optional(),
  anthropic: z.strictObject({ apiKey: text, baseUrl: z.url().optional() }).optional(),
  openai: z
    .strictObject({ apiKey: text.optional(), baseUrl: z.url().optional() })
    .refine((value) => value.apiKey !== undefined || value.baseUrl !== undefined, 'needs apiKey or baseUrl')
    .optional(),
  aliases: z.partialRecord(z.enum(modelAliases), text).default({}),
});

// The current ids of each provider's catalogue: a quick one, a strong one, and Claude Sonnet for the heavy work.
const vertexAliases: AliasMapping = {
  fast: 'vertex:gemini-3.8-flash',
  standard: 'vertex:gemini-4-argon',
  heavy: 'vertex:claude-sonnet-5-5',
  research: 'vertex:gemini-4-argon',
};
const anthropicAliases: AliasMapping = {
  fast: 'anthropic:claude-haiku-5-5',
  standard: 'anthropic:claude-sonnet-5-5',
  heavy: 'anthropic:claude-opus-5-5',
  research: 'anthropic:claude-sonnet-5-5',
};
const openAiAliases: AliasMapping = {
  fast: 'openai:gpt-6-luna',
  standard: 'openai:gpt-6-sol',
  heavy: 'openai:gpt-6-sol',
  research: 'openai:gpt-6-sol',
};
const offlineAliases: AliasMapping = {
  fast: 'offline',
  standard: 'offline',
  heavy: 'offline',
  research: 'offline',
};

/** Aliases that may stand for each other in a row, before one stands for a model. */
const aliasStepsMax = 5;

/** What to set to get a provider, for the message of a name that needs it. */
const settingOf: Readonly<Record<string, string>> = {
  vertex: 'GOOGLE_CLOUD_PROJECT',
  anthropic: 'ANTHROPIC_API_KEY',
  openai: 'OPENAI_API_KEY or OPENAI_BASE_URL',
};

/** Builds the catalog. Nothing is imported or contacted before the first call of a model. Throws `invalid_options`. */
export function createModelCatalog(
  options: ModelCatalogOptions = {},
  deps: ModelCatalogDeps = {},
): ModelCatalog {
  const parsed = parseOptions('createModelCatalog', optionsSchema, options);
  const byName = new Map<string, ModelProvider>();
  for (const provider of configuredProviders(parsed, deps)) byName.set(provider.name, provider);
  const region = parsed.vertex?.location ?? null;
  const installed = { ...defaultAliases(parsed), ...parsed.aliases };

  const resolveId = (name: string): ResolvedModel => {
    const colon = name.indexOf(':');
    const prefix = colon === -1 ? undefined : name.slice(0, colon);
    const known = prefix !== undefined && (byName.has(prefix) || prefix in settingOf);
    const providerName = known ? prefix : providerOf(name, byName);
    const provider = providerName === undefined ? undefined : byName.get(providerName);
    if (provider === undefined) throw unknownModel(name, providerName, installed, [...byName.keys()]);
    return {
      provider,
      modelId: known ? name.slice(colon + 1) : name,
      region: provider.name === 'vertex' ? region : null,
    };
  };

  return {
    resolve: (name, mapping = {}) => {
      const target = followAlias(name, (alias) => ownOf(mapping, alias) ?? ownOf(installed, alias));
      if (houseAliases.has(target)) {
        throw unknownModel(target, undefined, { ...installed, ...mapping }, [...byName.keys()]);
      }
      return resolveId(target);
    },
    providers: () => [...byName.keys()],
    aliases: (mapping = {}) => ({ ...installed, ...mapping }),
  };
}

function configuredProviders(options: ModelCatalogOptions, deps: ModelCatalogDeps): ModelProvider[] {
  const found: ModelProvider[] = [];
  const fetch = deps.fetch ?? createProviderFetch();
  if (options.vertex !== undefined) {
    const { project, location = 'us-central1', baseUrl } = options.vertex;
    const token = deps.vertexAccessToken;
    found.push(
      createVertexProvider(
        {
          project,
          location,
          ...(baseUrl === undefined ? {} : { baseUrl }),
          ...(token === undefined ? {} : { accessToken: token }),
        },
        fetch,
      ),
    );
  }
  if (options.anthropic !== undefined) found.push(createAnthropicProvider(options.anthropic, fetch));
  if (options.openai !== undefined) found.push(createOpenAiProvider(options.openai, fetch));
  return [...found, ...(deps.providers ?? []), deps.offline ?? createOfflineProvider()];
}

function defaultAliases(options: ModelCatalogOptions): AliasMapping {
  if (options.vertex !== undefined) return vertexAliases;
  if (options.anthropic !== undefined) return anthropicAliases;
  if (options.openai === undefined) return offlineAliases;
  // Another server's models are not known here; its owner says which of them the aliases stand for.
  const own = options.openai.baseUrl === undefined || options.openai.baseUrl === openAiBaseUrl;
  return own ? openAiAliases : {};
}

// What somebody types must not find what every object inherits.
function ownOf(mapping: AliasMapping, alias: string): string | undefined {
  return Object.hasOwn(mapping, alias) ? mapping[alias] : undefined;
}

/** What stands at the end of the aliases that begin with this name; the name itself when it is none. */
function followAlias(name: string, standsFor: (alias: string) => string | undefined): string {
  const first = standsFor(name);
  if (first === undefined) return name;
  const path = [name];
  for (let next: string | undefined = first; next !== undefined; next = standsFor(next)) {
    const isCircle = path.includes(next);
    path.push(next);
    if (isCircle || path.length - 1 > aliasStepsMax) {
      throw new RaptorFlowError(
        'model_unknown',
        `The alias "${name}" ${isCircle ? 'leads in a circle' : `has more than ${aliasStepsMax} steps`} (${path.join(' → ')}). Let one of them stand for a model.`,
        { details: { alias: name, path } },
      );
    }
  }
  return path.at(-1) ?? name;
}

/** Who has a model of this bare id: told by the id's family, else the OpenAI-compatible server, which may have any. */
function providerOf(modelId: string, configured: ReadonlyMap<string, ModelProvider>): string | undefined {
  if (configured.has(modelId)) return modelId;
  if (modelId.startsWith('gemini-')) return 'vertex';
  if (modelId.startsWith('claude-')) {
    return configured.has('anthropic') || !configured.has('vertex') ? 'anthropic' : 'vertex';
  }
  if (configured.has('openai')) return 'openai';
  return /^(gpt-|o\d)/.test(modelId) ? 'openai' : undefined;
}

function unknownModel(
  name: string,
  provider: string | undefined,
  aliases: AliasMapping,
  configured: readonly string[],
): RaptorFlowError {
  const setting = provider === undefined ? undefined : settingOf[provider];
  if (setting !== undefined && provider !== undefined) {
    return new RaptorFlowError(
      'missing_configuration',
      `The model "${name}" is served by ${provider}, which is not configured. Set ${setting}, or use "offline".`,
      { details: { model: name, provider, setting } },
    );
  }
  const choices = [
    ...Object.entries(aliases).map(([alias, target]) => `${alias} (${target})`),
    ...configured.map((known) => (known === 'offline' ? known : `${known}:<model id>`)),
  ];
  return new RaptorFlowError(
    'model_unknown',
    `There is no model "${name}". Choices: ${choices.join(', ')}.`,
    { details: { model: name, choices } },
  );
}
