/** Agents in the words of the wire, and back. */
import {
  agentKindSchema,
  guildSchema,
  type Agent as WireAgent,
  type AgentStatistics,
  type RouteRequest,
  type routes,
} from '@raptorflow/contract';
import {
  formatUsd,
  livenessOf,
  type Agent,
  type AgentChanges,
  type AgentRunStats,
  type AgentSpec,
  type EditableField,
} from '@raptorflow/runtime';

const fieldNames: Readonly<Record<EditableField, string>> = {
  name: 'name',
  description: 'description',
  systemPrompt: 'system_prompt',
  capabilities: 'capabilities',
  modelAlias: 'model',
  temperature: 'temperature',
  maxOutputTokens: 'max_output_tokens',
  tools: 'tools',
  status: 'status',
  config: 'config',
};

/** An agent with what it has done; `stats` is undefined for one that never ran. */
export function agentToWire(agent: Agent, stats: AgentRunStats | undefined, nowMs: number): WireAgent {
  return {
    id: agent.id,
    workspace_id: agent.workspaceId,
    code: agent.code,
    slug: agent.slug,
    name: agent.name,
    description: agent.description,
    // A guild or kind that the wire does not know belongs to the workspace's own agents.
    kind: agentKindSchema.catch('custom').parse(agent.kind),
    guild: guildSchema.catch('custom').parse(agent.guild),
    system_prompt: agent.systemPrompt,
    capabilities: [...agent.capabilities],
    model: agent.modelAlias,
    temperature: agent.temperature,
    max_output_tokens: agent.maxOutputTokens,
    tools: [...agent.tools],
    status: agent.status,
    config: { ...agent.config },
    from_roster: agent.fromRoster,
    edited_fields: agent.editedFields.map((field) => fieldNames[field]),
    liveness: livenessOf(agent.lastSeenAt, nowMs),
    last_heartbeat_at: agent.lastSeenAt === null ? null : new Date(agent.lastSeenAt).toISOString(),
    statistics: statisticsToWire(stats),
    created_at: new Date(agent.createdAt).toISOString(),
    updated_at: new Date(agent.updatedAt).toISOString(),
  };
}

function statisticsToWire(stats: AgentRunStats | undefined): AgentStatistics {
  return {
    total_runs: stats?.runs ?? 0,
    running_runs: stats?.running ?? 0,
    completed_runs: stats?.completed ?? 0,
    failed_runs: stats?.failed ?? 0,
    total_tokens: (stats?.inputTokens ?? 0) + (stats?.outputTokens ?? 0),
    cost_usd: formatUsd(stats?.costMicroUsd ?? 0),
    average_duration_ms: stats?.durationMsMean ?? null,
    last_run_at: stats?.lastRunAt ?? null,
  };
}

type CreateBody = RouteRequest<typeof routes.agents.create>['body'];
type UpdateBody = RouteRequest<typeof routes.agents.update>['body'];

/** A new agent; `slug` is used when the body names none. */
export function specFromWire(body: CreateBody, slug: string): AgentSpec {
  return {
    code: body.code,
    slug: body.slug ?? slug,
    name: body.name,
    description: body.description ?? '',
    guild: body.guild ?? 'custom',
    kind: 'custom',
    systemPrompt: body.system_prompt,
    capabilities: body.capabilities ?? [],
    ...(body.model !== undefined && { modelAlias: body.model }),
    ...(body.temperature !== undefined && { temperature: body.temperature }),
    ...(body.max_output_tokens !== undefined && { maxOutputTokens: body.max_output_tokens }),
    ...(body.tools !== undefined && { tools: body.tools }),
    ...(body.config !== undefined && { config: jsonOf(body.config) }),
  };
}

/** The fields to change. */
export function changesFromWire(body: UpdateBody): AgentChanges {
  return {
    ...(body.name !== undefined && { name: body.name }),
    ...(body.description !== undefined && { description: body.description }),
    ...(body.system_prompt !== undefined && { systemPrompt: body.system_prompt }),
    ...(body.capabilities !== undefined && { capabilities: body.capabilities }),
    ...(body.model !== undefined && { modelAlias: body.model }),
    ...(body.temperature !== undefined && { temperature: body.temperature }),
    ...(body.max_output_tokens !== undefined && { maxOutputTokens: body.max_output_tokens }),
    ...(body.tools !== undefined && { tools: body.tools }),
    ...(body.status !== undefined && { status: body.status }),
    ...(body.config !== undefined && { config: jsonOf(body.config) }),
  };
}

// It came out of a JSON body, and the registry checks it again before it is stored.
function jsonOf(value: Readonly<Record<string, unknown>>): NonNullable<AgentSpec['config']> {
  return value as NonNullable<AgentSpec['config']>;
}

/** A slug made of a name: lower-case letters and digits with single hyphens, or undefined when nothing is left of it. */
export function slugOf(name: string): string | undefined {
  const slug = name
    .normalize('NFKD')
    .toLowerCase()
    .replaceAll(/[^a-z0-9]+/g, '-')
    .slice(0, 60)
    .replaceAll(/^-+|-+$/g, '');
  return slug.length < 2 ? undefined : slug;
}
