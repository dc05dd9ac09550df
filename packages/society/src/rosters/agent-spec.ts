import type { AgentSpec } from '@raptorflow/runtime';

/** The aliases that the model dispatcher resolves for each workspace. */
export type ModelAlias = 'fast' | 'standard' | 'heavy' | 'research';

/** What an agent's code reads beside its prompt: plain JSON. */
export type RosterConfig = NonNullable<AgentSpec['config']>;

/** An agent of the roster: an `AgentSpec` with nothing left out. */
export type RosterAgent = Required<AgentSpec> & { readonly modelAlias: ModelAlias };

/** What a roster row says; the rest of an `AgentSpec` follows from the guild. */
export interface RosterRow {
  readonly code: string;
  readonly slug: string;
  readonly name: string;
  readonly description: string;
  /** What this agent alone must do; the guild's discipline is appended. */
  readonly duty: string;
  readonly capabilities: readonly string[];
  readonly modelAlias?: ModelAlias;
  readonly temperature?: number;
  readonly config?: RosterConfig;
}

/** What all agents of one guild share. */
export interface GuildDefaults {
  readonly guild: AgentSpec['guild'];
  readonly kind: AgentSpec['kind'];
  readonly modelAlias: ModelAlias;
  readonly temperature: number;
  readonly tools: readonly string[];
  readonly maxOutputTokens?: number;
  /** Rules of the guild's craft, appended to every duty. */
  readonly discipline: string;
}

const outputTokensMax = 4_096;

/** Turns the rows of one guild into agents. */
export function guildRoster(defaults: GuildDefaults, rows: readonly RosterRow[]): readonly RosterAgent[] {
  return Object.freeze(
    rows.map((row) =>
      Object.freeze({
        code: row.code,
        slug: row.slug,
        name: row.name,
        guild: defaults.guild,
        kind: defaults.kind,
        description: row.description,
        systemPrompt: `You are ${row.name} (${row.code}). ${row.duty}\n\n${defaults.discipline}`,
        capabilities: Object.freeze([...row.capabilities]),
        modelAlias: row.modelAlias ?? defaults.modelAlias,
        temperature: row.temperature ?? defaults.temperature,
        maxOutputTokens: defaults.maxOutputTokens ?? outputTokensMax,
        tools: Object.freeze([...defaults.tools]),
        config: Object.freeze({ ...row.config }),
      }),
    ),
  );
}
