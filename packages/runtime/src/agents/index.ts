export {
  createAgents,
  type AgentFilter,
  type AgentRegistryDeps,
  type AgentRegistryOptions,
  type Agents,
  type SeedReport,
} from './agent-registry.ts';
export {
  agentSpecSchema,
  type AgentChanges,
  type AgentSpec,
  type AgentStatus,
  type EditableField,
} from './agent-spec.ts';
export { agentSilenceMsMax, livenessOf, type Agent, type AgentLiveness } from './agent.ts';
export { agentMigrations, agentTables } from './tables.ts';
