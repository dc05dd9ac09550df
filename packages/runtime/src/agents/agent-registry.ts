import type { Kysely, Selectable } from 'kysely';
import {
  createIds,
  listIssues,
  parseOptions,
  RaptorFlowError,
  silentLogger,
  systemClock,
  type Clock,
  type Ids,
  type Logger,
} from 'raptorflow/kernel';
import { z } from 'zod';
import type { AuditEntry, AuditTrail } from '../audit/index.ts';
import { currentContext } from '../context/index.ts';
import { toJsonText, type Database } from '../db/index.ts';
import {
  agentChangesSchema,
  agentSpecSchema,
  editableFields,
  type AgentChanges,
  type AgentSpec,
  type AgentStatus,
  type EditableField,
} from './agent-spec.ts';
import { sameValue, toAgent, toColumns, type Agent, type SpecColumns } from './agent.ts';
import type { AgentTables } from './tables.ts';

/** Options of a registry. */
export interface AgentRegistryOptions {
  /** Agents in one workspace, the roster's included. Default 500. */
  readonly agentsPerWorkspaceMax?: number;
}

/** What a registry needs from outside. */
export interface AgentRegistryDeps {
  readonly db: Database;
  readonly clock?: Clock;
  readonly ids?: Ids;
  readonly logger?: Logger;
  /** Where it is recorded that a roster was seeded. */
  readonly audit?: AuditTrail;
}

/** Which agents to list; what is absent does not matter. */
export interface AgentFilter {
  readonly guild?: string;
  readonly kind?: string;
  readonly status?: AgentStatus;
}

/** What seeding did. */
export interface SeedReport {
  readonly inserted: number;
  readonly updated: number;
  readonly unchanged: number;
}

/** The agents of all workspaces. */
export interface Agents {
  /**
   * Brings a workspace's roster up to date: inserts agents that are missing, updates the fields that no person has
   * changed, and leaves everything else alone. Repeating it, even at the same time, inserts nothing twice.
   * Throws `invalid_input` for a roster that breaks the rules.
   */
  seedAgents(workspaceId: string, roster: readonly AgentSpec[]): Promise<SeedReport>;
  /** By code. */
  list(workspaceId: string, filter?: AgentFilter): Promise<Agent[]>;
  /** By id, code or slug. Throws `not_found`. */
  get(workspaceId: string, reference: string): Promise<Agent>;
  /**
   * Adds an agent of the workspace's own. Throws `invalid_input`, `conflict` when code or slug is taken, and `exhausted`.
   */
  create(workspaceId: string, spec: AgentSpec): Promise<Agent>;
  /** Changes an agent and remembers which fields a person has set. Throws `invalid_input` or `not_found`. */
  update(workspaceId: string, reference: string, changes: AgentChanges): Promise<Agent>;
  /** Notes that these agents (by code) were alive at a moment; an earlier moment than the one known changes nothing. */
  noteHeartbeat(workspaceId: string, codes: readonly string[], at: number): Promise<void>;
  /** Lets the summaries of an agent (by id, code or slug), or with null of all agents of the workspace, begin anew; answers of how many. Throws `not_found`. */
  resetSummaries(workspaceId: string, reference: string | null): Promise<number>;
}

type Query = Kysely<AgentTables>;
type Row = Selectable<AgentTables['agents']>;

const optionsSchema = z.strictObject({ agentsPerWorkspaceMax: z.int().positive().default(500) });

/** How often a change is tried again when somebody else changed the agent at the same moment. */
const collisionsMax = 20;

/** Builds the registry. Throws `invalid_options`. */
export function createAgents(options: AgentRegistryOptions, deps: AgentRegistryDeps): Agents {
  const { agentsPerWorkspaceMax } = parseOptions('createAgents', optionsSchema, options);
  const clock = deps.clock ?? systemClock;
  const ids = deps.ids ?? createIds({ clock });
  const logger = (deps.logger ?? silentLogger).child('agents');
  return new StoredAgents(agentsPerWorkspaceMax, { db: deps.db, clock, ids, logger }, deps.audit);
}

class StoredAgents implements Agents {
  readonly #agentsMax: number;
  readonly #deps: Required<Omit<AgentRegistryDeps, 'audit'>>;
  readonly #audit: AuditTrail | undefined;

  constructor(
    agentsMax: number,
    deps: Required<Omit<AgentRegistryDeps, 'audit'>>,
    audit: AuditTrail | undefined,
  ) {
    this.#agentsMax = agentsMax;
    this.#deps = deps;
    this.#audit = audit;
  }

  async seedAgents(workspaceId: string, roster: readonly AgentSpec[]): Promise<SeedReport> {
    const specs = checkedRoster(roster);
    const now = this.#deps.clock.now();
    const report = await this.#deps.db.transaction(workspaceId, async (tx) => {
      const query = tx.query<AgentTables>();
      const before = await query.selectFrom('agents').selectAll().execute();
      const rowByCode = new Map(before.map((row) => [row.code, row]));
      const slugs = new Map(before.map((row) => [row.slug, row.code]));
      const missing = specs.filter((spec) => !rowByCode.has(spec.code));
      const inserted = await this.#insertMissing(query, workspaceId, missing, slugs, now);
      let updated = 0;
      for (const spec of specs) {
        const row = rowByCode.get(spec.code);
        if (row && (await refresh(query, row, spec, now))) updated += 1;
      }
      const seeded = { inserted, updated, unchanged: specs.length - inserted - updated };
      if (inserted + updated > 0) await this.#audit?.appendWithin(tx, [seedingOf(workspaceId, seeded)]);
      return seeded;
    });
    this.#deps.logger.info('The roster was seeded.', { workspace_id: workspaceId, ...report });
    return report;
  }

  async list(workspaceId: string, filter: AgentFilter = {}): Promise<Agent[]> {
    let query = this.#query(workspaceId).selectFrom('agents').selectAll().orderBy('code');
    if (filter.guild !== undefined) query = query.where('guild', '=', filter.guild);
    if (filter.kind !== undefined) query = query.where('kind', '=', filter.kind);
    if (filter.status !== undefined) query = query.where('status', '=', filter.status);
    return (await query.execute()).map(toAgent);
  }

  async get(workspaceId: string, reference: string): Promise<Agent> {
    return toAgent(await findRow(this.#query(workspaceId), reference));
  }

  async create(workspaceId: string, spec: AgentSpec): Promise<Agent> {
    const checked = parseInput('The agent', agentSpecSchema, spec);
    const { db, clock, ids } = this.#deps;
    const now = clock.now();
    return db.transaction(workspaceId, async (tx) => {
      const query = tx.query<AgentTables>();
      const { count } = await query
        .selectFrom('agents')
        .select((select) => select.fn.countAll<number>().as('count'))
        .executeTakeFirstOrThrow();
      if (count >= this.#agentsMax) {
        throw new RaptorFlowError(
          'exhausted',
          `The workspace has agentsPerWorkspaceMax = ${this.#agentsMax} agents already.`,
          { retryable: false },
        );
      }
      const row = { ...newRow(workspaceId, ids.next('agt'), checked, now), from_roster: 0 };
      const stored = await query
        .insertInto('agents')
        .values(row)
        .onConflict((conflict) => conflict.doNothing())
        .returningAll()
        .executeTakeFirst();
      if (stored) return toAgent(stored);
      throw new RaptorFlowError(
        'conflict',
        `The code ${checked.code} or the slug ${checked.slug} is taken by another agent of the workspace; choose another.`,
      );
    });
  }

  async update(workspaceId: string, reference: string, changes: AgentChanges): Promise<Agent> {
    const checked = parseInput('The change', agentChangesSchema, changes);
    const now = this.#deps.clock.now();
    for (let collisions = 0; collisions < collisionsMax; collisions += 1) {
      const query = this.#query(workspaceId);
      const row = await findRow(query, reference);
      const agent = toAgent(row);
      const fields = editableFields.filter(
        (field) => checked[field] !== undefined && !sameValue(checked[field], agent[field]),
      );
      if (fields.length === 0) return agent;
      const edited = editableFields.filter(
        (field) => fields.includes(field) || agent.editedFields.includes(field),
      );
      const stored = await query
        .updateTable('agents')
        .set({
          ...toColumns(checked),
          edited_fields: toJsonText(edited),
          version: row.version + 1,
          updated_at: now,
        })
        .where('id', '=', row.id)
        .where('version', '=', row.version)
        .returningAll()
        .executeTakeFirst();
      if (stored) return toAgent(stored);
    }
    throw new RaptorFlowError('conflict', 'The agent is being changed by many at once; try again.', {
      retryable: true,
    });
  }

  async noteHeartbeat(workspaceId: string, codes: readonly string[], at: number): Promise<void> {
    if (codes.length === 0) return;
    await this.#query(workspaceId)
      .updateTable('agents')
      .set({ last_seen_at: at })
      .where('code', 'in', codes)
      .where((where) => where.or([where('last_seen_at', 'is', null), where('last_seen_at', '<', at)]))
      .execute();
  }

  async resetSummaries(workspaceId: string, reference: string | null): Promise<number> {
    const query = this.#query(workspaceId);
    const all = query.updateTable('agents').set({ summary_since: this.#deps.clock.now() });
    const one = reference === null ? all : all.where('id', '=', (await findRow(query, reference)).id);
    const { numUpdatedRows } = await one.executeTakeFirst();
    return Number(numUpdatedRows);
  }

  #query(workspaceId: string): Query {
    return this.#deps.db.forWorkspace(workspaceId);
  }

  async #insertMissing(
    query: Query,
    workspaceId: string,
    specs: readonly Required<AgentSpec>[],
    slugs: ReadonlyMap<string, string>,
    now: number,
  ): Promise<number> {
    if (specs.length === 0) return 0;
    const rows = specs.map((spec) => {
      // A user's own agent keeps its slug; the newcomer from the roster gets its code appended.
      const slug = slugs.has(spec.slug) ? `${spec.slug}-${spec.code.toLowerCase()}` : spec.slug;
      const row = newRow(workspaceId, this.#deps.ids.next('agt'), { ...spec, slug }, now);
      return { ...row, from_roster: 1 };
    });
    const stored = await query
      .insertInto('agents')
      .values(rows)
      .onConflict((conflict) => conflict.columns(['workspace_id', 'code']).doNothing())
      .returning('id')
      .execute();
    return stored.length;
  }
}

/** Updates what the roster now says otherwise and no person has changed; false when there is nothing of that kind. */
async function refresh(query: Query, first: Row, spec: Required<AgentSpec>, now: number): Promise<boolean> {
  let row: Row | undefined = first;
  for (let collisions = 0; row && collisions < collisionsMax; collisions += 1) {
    const changes = staleColumns(row, spec);
    if (changes === undefined) return false;
    const stored = await query
      .updateTable('agents')
      .set({ ...changes, version: row.version + 1, updated_at: now })
      .where('id', '=', row.id)
      .where('version', '=', row.version)
      .returning('id')
      .executeTakeFirst();
    if (stored) return true;
    // A person changed the agent since the row was read; that change is looked at before anything is written.
    row = await query.selectFrom('agents').selectAll().where('id', '=', row.id).executeTakeFirst();
  }
  return false;
}

function staleColumns(
  row: Row,
  spec: Required<AgentSpec>,
): (Partial<SpecColumns> & { guild: string; kind: string }) | undefined {
  const agent = toAgent(row);
  if (!agent.fromRoster) return undefined;
  const stale = rosterFields.filter(
    (field) => !agent.editedFields.includes(field) && !sameValue(agent[field], spec[field]),
  );
  if (stale.length === 0 && agent.guild === spec.guild && agent.kind === spec.kind) return undefined;
  const fresh = Object.fromEntries(stale.map((field) => [field, spec[field]]));
  return { ...toColumns(fresh), guild: spec.guild, kind: spec.kind };
}

const rosterFields = editableFields.filter(
  (field): field is Exclude<EditableField, 'status'> => field !== 'status',
);

type NewRow = Omit<AgentTables['agents'], 'from_roster'>;

function newRow(workspaceId: string, id: string, spec: Required<AgentSpec>, now: number): NewRow {
  return {
    id,
    workspace_id: workspaceId,
    code: spec.code,
    slug: spec.slug,
    name: spec.name,
    description: spec.description,
    guild: spec.guild,
    kind: spec.kind,
    system_prompt: spec.systemPrompt,
    capabilities: toJsonText(spec.capabilities),
    model_alias: spec.modelAlias,
    temperature: spec.temperature,
    max_output_tokens: spec.maxOutputTokens,
    tools: toJsonText(spec.tools),
    config: toJsonText(spec.config),
    status: 'active',
    edited_fields: '[]',
    last_seen_at: null,
    summary_since: null,
    version: 1,
    created_at: now,
    updated_at: now,
  };
}

async function findRow(query: Query, reference: string): Promise<Row> {
  const row = await query
    .selectFrom('agents')
    .selectAll()
    .where((where) =>
      where.or([where('id', '=', reference), where('code', '=', reference), where('slug', '=', reference)]),
    )
    .executeTakeFirst();
  if (row) return row;
  throw new RaptorFlowError(
    'not_found',
    `There is no agent "${reference.slice(0, 100)}" in this workspace; name it by id, code (RES-001) or slug.`,
  );
}

function parseInput<T>(what: string, schema: z.ZodType<T>, input: unknown): T {
  const result = schema.safeParse(input);
  if (result.success) return result.data;
  const issues = listIssues(result.error);
  const lines = issues.map((issue) => (issue.path ? `${issue.path}: ${issue.message}` : issue.message));
  throw new RaptorFlowError('invalid_input', `${what} is not accepted: ${lines.join('; ')}.`, {
    details: { issues },
  });
}

function checkedRoster(roster: readonly AgentSpec[]): Required<AgentSpec>[] {
  const specs = parseInput('The roster', z.array(agentSpecSchema), roster);
  for (const key of ['code', 'slug'] as const) {
    const seen = new Set<string>();
    for (const spec of specs) {
      if (seen.has(spec[key])) {
        throw new RaptorFlowError(
          'invalid_input',
          `The roster has the ${key} ${spec[key]} twice; each agent has its own.`,
        );
      }
      seen.add(spec[key]);
    }
  }
  return specs;
}

function seedingOf(workspaceId: string, report: SeedReport): AuditEntry {
  return {
    workspaceId,
    action: 'agent.roster_seeded',
    phase: 'event',
    actor: { kind: 'system', id: 'roster' },
    outcome: 'ok',
    correlationId: currentContext().correlationId ?? null,
    details: { ...report },
  };
}
