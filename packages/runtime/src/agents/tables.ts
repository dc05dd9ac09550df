import { defineMigrations, defineTables, type RoomMigrations, type TableDeclarations } from '../db/index.ts';

/** Rows of the agents room. */
export interface AgentTables {
  agents: {
    id: string;
    workspace_id: string;
    code: string;
    slug: string;
    name: string;
    description: string;
    guild: string;
    kind: string;
    system_prompt: string;
    /** JSON array of strings. */
    capabilities: string;
    model_alias: string;
    temperature: number;
    max_output_tokens: number;
    /** JSON array of strings. */
    tools: string;
    /** JSON object. */
    config: string;
    status: string;
    from_roster: number;
    /** JSON array of the names of fields that a person has changed. */
    edited_fields: string;
    last_seen_at: number | null;
    /** Its summary begins here; null for all of time. */
    summary_since: number | null;
    /** Counts changes; a change made from an older version is not written. */
    version: number;
    created_at: number;
    updated_at: number;
  };
}

/** The agents of a workspace are reached through its own handle. */
export const agentTables: TableDeclarations = defineTables({ tenant: ['agents'] });

/** The schema of the agents room. */
export const agentMigrations: RoomMigrations = defineMigrations('agents', [
  {
    id: '001_agents',
    up: async (db) => {
      await db.schema
        .createTable('agents')
        .addColumn('id', 'text', (column) => column.primaryKey())
        .addColumn('workspace_id', 'text', (column) => column.notNull())
        .addColumn('code', 'text', (column) => column.notNull())
        .addColumn('slug', 'text', (column) => column.notNull())
        .addColumn('name', 'text', (column) => column.notNull())
        .addColumn('description', 'text', (column) => column.notNull())
        .addColumn('guild', 'text', (column) => column.notNull())
        .addColumn('kind', 'text', (column) => column.notNull())
        .addColumn('system_prompt', 'text', (column) => column.notNull())
        .addColumn('capabilities', 'text', (column) => column.notNull())
        .addColumn('model_alias', 'text', (column) => column.notNull())
        .addColumn('temperature', 'double precision', (column) => column.notNull())
        .addColumn('max_output_tokens', 'bigint', (column) => column.notNull())
        .addColumn('tools', 'text', (column) => column.notNull())
        .addColumn('config', 'text', (column) => column.notNull())
        .addColumn('status', 'text', (column) => column.notNull())
        .addColumn('from_roster', 'bigint', (column) => column.notNull())
        .addColumn('edited_fields', 'text', (column) => column.notNull())
        .addColumn('last_seen_at', 'bigint')
        .addColumn('version', 'bigint', (column) => column.notNull())
        .addColumn('created_at', 'bigint', (column) => column.notNull())
        .addColumn('updated_at', 'bigint', (column) => column.notNull())
        .addUniqueConstraint('agents_by_code', ['workspace_id', 'code'])
        .addUniqueConstraint('agents_by_slug', ['workspace_id', 'slug'])
        .execute();
    },
  },
  {
    id: '002_agent_summaries',
    up: async (db) => {
      await db.schema.alterTable('agents').addColumn('summary_since', 'bigint').execute();
    },
  },
]);
