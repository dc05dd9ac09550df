/** Agents: the Council, the guilds, and the workspace's own. */
import { z } from 'zod';

import {
  countSchema,
  identifierSchema,
  jsonObjectSchema,
  millisecondsSchema,
  moneySchema,
  pageQuerySchema,
  pageSchema,
  timestampSchema,
} from './primitives.ts';
import { defineRoutes } from './route.ts';

/** What an agent is. */
export const agentKindSchema = z.enum(['lord', 'research', 'muse', 'matrix', 'guardian', 'custom']);
export type AgentKind = z.infer<typeof agentKindSchema>;

/** Where an agent sits. The Lords form the council. */
export const guildSchema = z.enum(['council', 'research', 'muse', 'matrix', 'guardians', 'custom']);
export type Guild = z.infer<typeof guildSchema>;

/** Whether an agent may be given work. */
export const agentStatusSchema = z.enum(['active', 'paused']);
export type AgentStatus = z.infer<typeof agentStatusSchema>;

/**
 * What the heartbeats say: `alive` (a beat within 90 s), `dead` (it was alive and has been silent for more than 90 s),
 * `silent` (it has never beaten in this installation's memory).
 */
export const agentLivenessSchema = z.enum(['alive', 'dead', 'silent']);
export type AgentLiveness = z.infer<typeof agentLivenessSchema>;

/** What an agent has done since it was created. */
export const agentStatisticsSchema = z.object({
  total_runs: countSchema,
  running_runs: countSchema,
  completed_runs: countSchema,
  failed_runs: countSchema,
  total_tokens: countSchema,
  cost_usd: moneySchema,
  average_duration_ms: millisecondsSchema.nullable(),
  last_run_at: timestampSchema.nullable(),
});
export type AgentStatistics = z.infer<typeof agentStatisticsSchema>;

const codeSchema = z.string().regex(/^[A-Z]{2,6}-[A-Z0-9]{2,6}$/u, 'Write a code such as "RES-001".');
const slugSchema = z
  .string()
  .min(2)
  .max(80)
  .regex(/^[a-z0-9]+(?:-[a-z0-9]+)*$/u, 'Use lower-case letters, digits and single hyphens.');
const modelSchema = z.string().min(1).max(200);
const temperatureSchema = z.number().min(0).max(2);

/** One agent. `edited_fields` names what a person changed; re-seeding leaves those alone. */
export const agentSchema = z
  .object({
    id: identifierSchema,
    workspace_id: identifierSchema,
    code: codeSchema,
    slug: slugSchema,
    name: z.string(),
    description: z.string(),
    kind: agentKindSchema,
    guild: guildSchema,
    system_prompt: z.string(),
    capabilities: z.array(z.string()),
    model: modelSchema.meta({
      description: 'An alias (fast, standard, heavy, research) or a full model id.',
    }),
    temperature: temperatureSchema,
    max_output_tokens: countSchema,
    tools: z.array(z.string()),
    status: agentStatusSchema,
    config: jsonObjectSchema,
    from_roster: z.boolean(),
    edited_fields: z.array(z.string()),
    liveness: agentLivenessSchema,
    last_heartbeat_at: timestampSchema.nullable(),
    statistics: agentStatisticsSchema,
    created_at: timestampSchema,
    updated_at: timestampSchema,
  })
  .meta({ id: 'Agent' });
export type Agent = z.infer<typeof agentSchema>;

const editable = {
  name: z.string().trim().min(1).max(120),
  description: z.string().max(2000),
  system_prompt: z.string().max(32_000),
  capabilities: z.array(z.string().min(1).max(120)).max(64),
  model: modelSchema,
  temperature: temperatureSchema,
  max_output_tokens: z.number().int().min(1).max(200_000),
  tools: z.array(z.string().min(1).max(120)).max(64),
  config: jsonObjectSchema,
};

/** A new agent, active from the start; what is left out gets the installation's defaults. */
export const agentCreateSchema = z
  .strictObject({ ...editable, code: codeSchema, slug: slugSchema, guild: guildSchema })
  .partial()
  .required({ name: true, code: true, system_prompt: true })
  .meta({ id: 'AgentCreate' });
export type AgentCreate = z.input<typeof agentCreateSchema>;

/** The fields to change; the others stay as they are. */
export const agentUpdateSchema = z
  .strictObject({ ...editable, status: agentStatusSchema })
  .partial()
  .meta({ id: 'AgentUpdate' });
export type AgentUpdate = z.input<typeof agentUpdateSchema>;

const params = z.strictObject({ agent_id: identifierSchema });

/** Routes of agents. `agent_id` is the id, the code (`RES-001`) or the slug. */
export const agentRoutes = defineRoutes({
  create: {
    method: 'POST',
    path: '/api/v1/agents',
    role: 'admin',
    tag: 'agents',
    summary: "Add an agent of the workspace's own.",
    body: agentCreateSchema,
    response: agentSchema,
    status: 201,
  },
  get: {
    method: 'GET',
    path: '/api/v1/agents/:agent_id',
    role: 'viewer',
    tag: 'agents',
    summary: 'Show one agent with its prompt and statistics.',
    params,
    response: agentSchema,
  },
  list: {
    method: 'GET',
    path: '/api/v1/agents',
    role: 'viewer',
    tag: 'agents',
    summary: "List the workspace's agents by code.",
    query: pageQuerySchema.extend({
      guild: guildSchema.optional(),
      kind: agentKindSchema.optional(),
      status: agentStatusSchema.optional(),
    }),
    response: pageSchema(agentSchema),
  },
  update: {
    method: 'PATCH',
    path: '/api/v1/agents/:agent_id',
    role: 'admin',
    tag: 'agents',
    summary: 'Change an agent; the changed fields are kept when the roster is seeded again.',
    params,
    body: agentUpdateSchema,
    response: agentSchema,
  },
});
