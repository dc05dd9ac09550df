import { z } from 'zod';

/** A value that survives JSON unchanged. */
type JsonValue =
  | string
  | number
  | boolean
  | null
  | readonly JsonValue[]
  | { readonly [key: string]: JsonValue };

/** One agent of a roster, as plain data: what it is called, what it is told and what it may use. */
export interface AgentSpec {
  /** The roster's own number, unique in a workspace: upper case, as `RES-001`. */
  readonly code: string;
  /** kebab-case, unique in a workspace. */
  readonly slug: string;
  readonly name: string;
  /** One or two sentences for people: what it does and from which sources. */
  readonly description: string;
  /** The guild it belongs to, kebab-case. */
  readonly guild: string;
  /** What sort of agent it is, kebab-case; `custom` for agents that users add. */
  readonly kind: string;
  readonly systemPrompt: string;
  /** snake_case names of what it can be asked to do. */
  readonly capabilities: readonly string[];
  /** A model alias or a full model id. Default `standard`. */
  readonly modelAlias?: string;
  /** 0 to 2. Default 0.7. */
  readonly temperature?: number;
  /** Default 4,096. */
  readonly maxOutputTokens?: number;
  /** Names of the tools it may call. Default none. */
  readonly tools?: readonly string[];
  /** Anything else its code needs. */
  readonly config?: { readonly [key: string]: JsonValue };
}

/** Whether an agent may be given work. */
export type AgentStatus = 'active' | 'paused';

/** The fields that users may change. */
export const editableFields: readonly [
  'name',
  'description',
  'systemPrompt',
  'capabilities',
  'modelAlias',
  'temperature',
  'maxOutputTokens',
  'tools',
  'status',
  'config',
] = [
  'name',
  'description',
  'systemPrompt',
  'capabilities',
  'modelAlias',
  'temperature',
  'maxOutputTokens',
  'tools',
  'status',
  'config',
];

/** The name of a field that users may change. */
export type EditableField = (typeof editableFields)[number];

/** New values of some fields. */
export type AgentChanges = Partial<Pick<AgentSpec, Exclude<EditableField, 'status'>>> & {
  readonly status?: AgentStatus;
};

const kebab = z
  .string()
  .max(80)
  .regex(/^[a-z0-9]+(?:-[a-z0-9]+)*$/, 'must be lower-case letters and digits with single hyphens');
// PostgreSQL's text holds everything but a zero byte.
const text = z.string().refine((value) => !value.includes('\0'), 'must not contain zero bytes');
const names = z.array(text.min(1).max(120)).max(64);
const configCharactersMax = 64_000;

const fields = {
  name: text.trim().min(1).max(120),
  description: text.max(2_000),
  systemPrompt: text.max(32_000),
  capabilities: names,
  modelAlias: text.min(1).max(200),
  temperature: z.number().min(0).max(2),
  maxOutputTokens: z.int().min(1).max(200_000),
  tools: names,
  config: z
    .record(z.string(), z.json())
    .refine(
      (config) => JSON.stringify(config).length <= configCharactersMax,
      `must have at most ${configCharactersMax} characters as JSON`,
    ),
};

/** The rules for an agent; the roster and users' own agents are held to the same. */
export const agentSpecSchema: z.ZodType<Required<AgentSpec>> = z.strictObject({
  ...fields,
  code: z.string().regex(/^[A-Z]{2,6}-[A-Z0-9]{2,6}$/, 'must look like "RES-001"'),
  slug: kebab.min(2),
  guild: kebab,
  kind: kebab,
  modelAlias: fields.modelAlias.default('standard'),
  temperature: fields.temperature.default(0.7),
  maxOutputTokens: fields.maxOutputTokens.default(4_096),
  tools: names.default([]),
  config: fields.config.default({}),
});

/** The rules for changes: at least one field, no other. */
export const agentChangesSchema: z.ZodType<AgentChanges> = z
  .strictObject({ ...fields, status: z.enum(['active', 'paused']) })
  .partial()
  .transform((changes): AgentChanges => dropAbsent(changes))
  .refine((changes) => Object.keys(changes).length > 0, 'must name at least one field to change');

/** Leaves out fields that are present but undefined. */
function dropAbsent<T extends object>(changes: { [K in keyof T]?: T[K] | undefined }): Partial<T> {
  const entries = Object.entries(changes).filter(([, value]) => value !== undefined);
  return Object.fromEntries(entries) as Partial<T>;
}
