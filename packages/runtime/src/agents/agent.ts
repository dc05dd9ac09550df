import type { Insertable, Selectable } from 'kysely';
import { z } from 'zod';
import { fromJsonText, toJsonText } from '../db/index.ts';
import {
  editableFields,
  type AgentChanges,
  type AgentSpec,
  type AgentStatus,
  type EditableField,
} from './agent-spec.ts';
import type { AgentTables } from './tables.ts';

/** An agent of a workspace. Times are epoch milliseconds. */
export interface Agent extends Required<AgentSpec> {
  readonly id: string;
  readonly workspaceId: string;
  readonly status: AgentStatus;
  /** Whether it came from the roster, not from a user. */
  readonly fromRoster: boolean;
  /** What a person has changed; seeding the roster again leaves these fields alone. */
  readonly editedFields: readonly EditableField[];
  /** When its last heartbeat came; null when there was none. */
  readonly lastSeenAt: number | null;
  /** Since when its summary counts; null for all of time. */
  readonly summarySince: number | null;
  readonly createdAt: number;
  readonly updatedAt: number;
}

/** Whether an agent's heartbeats arrive: never one, the last one lately, or too long ago. */
export type AgentLiveness = 'alive' | 'dead' | 'silent';

/** An agent is dead when it was alive and has been silent for longer than this. */
export const agentSilenceMsMax = 90_000;

/** What the last heartbeat says about an agent at a moment. */
export function livenessOf(lastSeenAt: number | null, now: number): AgentLiveness {
  if (lastSeenAt === null) return 'silent';
  return now - lastSeenAt > agentSilenceMsMax ? 'dead' : 'alive';
}

type Row = Selectable<AgentTables['agents']>;

const namesSchema = z.array(z.string());
const configSchema = z.record(z.string(), z.json());
const fieldsSchema = z.array(z.enum(editableFields));
const readNames = (value: unknown): string[] => namesSchema.parse(value);
const readConfig = (value: unknown): Agent['config'] => configSchema.parse(value);
const readFields = (value: unknown): EditableField[] => fieldsSchema.parse(value);

/** Reads a row. */
export function toAgent(row: Row): Agent {
  const status = row.status === 'paused' ? 'paused' : 'active';
  return {
    id: row.id,
    workspaceId: row.workspace_id,
    code: row.code,
    slug: row.slug,
    name: row.name,
    description: row.description,
    guild: row.guild,
    kind: row.kind,
    systemPrompt: row.system_prompt,
    capabilities: fromJsonText(row.capabilities, readNames),
    modelAlias: row.model_alias,
    temperature: row.temperature,
    maxOutputTokens: row.max_output_tokens,
    tools: fromJsonText(row.tools, readNames),
    config: fromJsonText(row.config, readConfig),
    status,
    fromRoster: row.from_roster !== 0,
    editedFields: fromJsonText(row.edited_fields, readFields),
    lastSeenAt: row.last_seen_at,
    summarySince: row.summary_since,
    createdAt: row.created_at,
    updatedAt: row.updated_at,
  };
}

/** The columns of fields that a roster or a person sets. */
export type SpecColumns = Pick<
  Insertable<AgentTables['agents']>,
  | 'name'
  | 'description'
  | 'system_prompt'
  | 'capabilities'
  | 'model_alias'
  | 'temperature'
  | 'max_output_tokens'
  | 'tools'
  | 'status'
  | 'config'
>;

/** The columns of the fields given. */
export function toColumns(fields: AgentChanges): Partial<SpecColumns> {
  return {
    ...(fields.name !== undefined && { name: fields.name }),
    ...(fields.description !== undefined && { description: fields.description }),
    ...(fields.systemPrompt !== undefined && { system_prompt: fields.systemPrompt }),
    ...(fields.capabilities !== undefined && { capabilities: toJsonText(fields.capabilities) }),
    ...(fields.modelAlias !== undefined && { model_alias: fields.modelAlias }),
    ...(fields.temperature !== undefined && { temperature: fields.temperature }),
    ...(fields.maxOutputTokens !== undefined && { max_output_tokens: fields.maxOutputTokens }),
    ...(fields.tools !== undefined && { tools: toJsonText(fields.tools) }),
    ...(fields.status !== undefined && { status: fields.status }),
    ...(fields.config !== undefined && { config: toJsonText(fields.config) }),
  };
}

/** Whether two values of a field say the same. */
export function sameValue(a: unknown, b: unknown): boolean {
  return canonical(a) === canonical(b);
}

/** JSON with the keys of objects in order: the order in which a person or a roster wrote them means nothing. */
function canonical(value: unknown): string {
  return JSON.stringify(value, (_key, each: unknown) =>
    typeof each === 'object' && each !== null && !Array.isArray(each)
      ? Object.fromEntries(Object.entries(each).toSorted(([a], [b]) => (a < b ? -1 : 1)))
      : each,
  );
}
