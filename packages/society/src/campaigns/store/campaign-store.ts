/** Campaigns in the database: reading them, and the few conditional changes that move one on. */
import type { Kysely, Selectable } from 'kysely';
import { RaptorFlowError } from 'raptorflow/kernel';
import { campaignStages, type CampaignStage, type StageStatus } from '../../topology/index.ts';
import { briefToFields, checkBrief, type CampaignBrief } from '../brief.ts';
import type { CampaignRow, CampaignStageRow, CampaignTables, CampaignTaskRow } from './tables.ts';

/** Statements on a workspace's campaigns. */
export type CampaignQuery = Kysely<CampaignTables>;

/** Where a campaign is; the last four are final. */
export type CampaignStatus =
  | 'research_queued'
  | 'running'
  | 'awaiting_approval'
  | 'completed'
  | 'rejected'
  | 'failed'
  | 'cancelled';

/** A campaign. Times are RFC 3339. */
export interface Campaign {
  readonly id: string;
  readonly workspaceId: string;
  readonly name: string;
  readonly status: CampaignStatus;
  readonly brief: CampaignBrief;
  readonly documentIds: readonly string[];
  /** The bundled sample that it was started from. */
  readonly sample: string | null;
  /** The mark of the model that worked on it; null until it began. */
  readonly model: string | null;
  readonly createdBy: string | null;
  readonly error: { readonly code: string; readonly message: string } | null;
  readonly createdAt: string;
  readonly startedAt: string | null;
  readonly finishedAt: string | null;
  readonly firstFindingAt: string | null;
}

/** One agent's part of a stage. */
export interface StageTask {
  readonly task: string;
  readonly agentCode: string;
  readonly status: 'queued' | 'running' | 'completed' | 'failed';
  readonly runId: string | null;
  readonly summary: string | null;
  readonly startedAt: string | null;
  readonly finishedAt: string | null;
}

/** A stage with its parts. */
export interface Stage {
  readonly name: CampaignStage;
  readonly status: StageStatus;
  readonly done: number;
  readonly total: number;
  readonly summary: string | null;
  readonly error: { readonly code: string; readonly message: string } | null;
  readonly startedAt: string | null;
  readonly finishedAt: string | null;
  readonly tasks: readonly StageTask[];
}

/** Statuses that never change again. */
export const finalStatuses: readonly CampaignStatus[] = ['completed', 'rejected', 'failed', 'cancelled'];

const iso = (millis: number | null): string | null =>
  millis === null ? null : new Date(millis).toISOString();

/** A row as a campaign. */
function toCampaign(row: Selectable<CampaignRow>): Campaign {
  return {
    id: row.id,
    workspaceId: row.workspace_id,
    name: row.name,
    status: row.status as CampaignStatus,
    brief: checkBrief(JSON.parse(row.brief_json)),
    documentIds: JSON.parse(row.document_ids_json) as string[],
    sample: row.sample,
    model: row.model,
    createdBy: row.created_by,
    error: row.error_code === null ? null : { code: row.error_code, message: row.error_message ?? '' },
    createdAt: new Date(row.created_at).toISOString(),
    startedAt: iso(row.started_at),
    finishedAt: iso(row.finished_at),
    firstFindingAt: iso(row.first_finding_at),
  };
}

/** The campaign, or undefined. */
export async function findCampaign(query: CampaignQuery, id: string): Promise<Campaign | undefined> {
  const row = await query.selectFrom('campaigns').selectAll().where('id', '=', id).executeTakeFirst();
  return row && toCampaign(row);
}

/** The campaign. Throws `not_found`. */
export async function getCampaign(query: CampaignQuery, id: string): Promise<Campaign> {
  const campaign = await findCampaign(query, id);
  if (campaign) return campaign;
  throw new RaptorFlowError('not_found', `There is no campaign ${id.slice(0, 200)} in this workspace.`);
}

/** A campaign that does not exist yet. */
export interface NewCampaign {
  readonly id: string;
  readonly workspaceId: string;
  readonly brief: CampaignBrief;
  readonly documentIds: readonly string[];
  readonly sample: string | null;
  readonly createdBy: string | null;
  readonly now: number;
}

/** Stores a campaign with its stages, all pending. */
export async function insertCampaign(query: CampaignQuery, campaign: NewCampaign): Promise<Campaign> {
  const row: CampaignRow = {
    id: campaign.id,
    workspace_id: campaign.workspaceId,
    name: campaign.brief.name,
    status: 'research_queued',
    brief_json: JSON.stringify(briefToFields(campaign.brief)),
    document_ids_json: JSON.stringify(campaign.documentIds),
    sample: campaign.sample,
    model: null,
    created_by: campaign.createdBy,
    error_code: null,
    error_message: null,
    created_at: campaign.now,
    started_at: null,
    finished_at: null,
    first_finding_at: null,
  };
  await query.insertInto('campaigns').values(row).execute();
  await query
    .insertInto('campaign_stages')
    .values(
      campaignStages.map((stage, position): CampaignStageRow => ({
        workspace_id: campaign.workspaceId,
        campaign_id: campaign.id,
        stage,
        position,
        status: 'pending',
        done: 0,
        total: 0,
        summary: null,
        error_code: null,
        error_message: null,
        started_at: null,
        finished_at: null,
      })),
    )
    .execute();
  return toCampaign(row);
}

/** Which campaigns of a workspace, newest first. */
export interface CampaignFilter {
  readonly limit: number;
  /** The id of the last campaign of the page before. */
  readonly cursor?: string | undefined;
  readonly status?: CampaignStatus | undefined;
}

/** A page of campaigns, and how many match in all. */
export async function listCampaigns(
  query: CampaignQuery,
  filter: CampaignFilter,
): Promise<{ items: Campaign[]; nextCursor: string | null; total: number }> {
  let page = query
    .selectFrom('campaigns')
    .selectAll()
    .orderBy('id', 'desc')
    .limit(filter.limit + 1);
  let count = query
    .selectFrom('campaigns')
    .select((expression) => expression.fn.countAll<number>().as('count'));
  if (filter.status !== undefined) {
    page = page.where('status', '=', filter.status);
    count = count.where('status', '=', filter.status);
  }
  if (filter.cursor !== undefined) page = page.where('id', '<', filter.cursor);
  const [rows, counted] = await Promise.all([page.execute(), count.executeTakeFirst()]);
  const items = rows.slice(0, filter.limit).map(toCampaign);
  return {
    items,
    nextCursor: rows.length > filter.limit ? (items.at(-1)?.id ?? null) : null,
    total: counted?.count ?? 0,
  };
}

/** The stages of some campaigns with their tasks, in order, by campaign. */
export async function readStages(
  query: CampaignQuery,
  campaignIds: readonly string[],
): Promise<ReadonlyMap<string, Stage[]>> {
  const byCampaign = new Map<string, Stage[]>(campaignIds.map((id) => [id, []]));
  if (campaignIds.length === 0) return byCampaign;
  const [stages, tasks] = await Promise.all([
    query
      .selectFrom('campaign_stages')
      .selectAll()
      .where('campaign_id', 'in', [...campaignIds])
      .orderBy('position')
      .execute(),
    query
      .selectFrom('campaign_tasks')
      .selectAll()
      .where('campaign_id', 'in', [...campaignIds])
      .orderBy('task')
      .execute(),
  ]);
  for (const row of stages) {
    const own = tasks.filter((task) => task.campaign_id === row.campaign_id && task.stage === row.stage);
    byCampaign.get(row.campaign_id)?.push(toStage(row, own));
  }
  return byCampaign;
}

function toStage(row: Selectable<CampaignStageRow>, tasks: readonly Selectable<CampaignTaskRow>[]): Stage {
  return {
    name: row.stage as CampaignStage,
    status: row.status as StageStatus,
    done: row.done,
    total: row.total,
    summary: row.summary,
    error: row.error_code === null ? null : { code: row.error_code, message: row.error_message ?? '' },
    startedAt: iso(row.started_at),
    finishedAt: iso(row.finished_at),
    tasks: tasks.map((task) => ({
      task: task.task,
      agentCode: task.agent_code,
      status: task.status as StageTask['status'],
      runId: task.run_id,
      summary: task.summary ?? task.error_message,
      startedAt: iso(task.started_at),
      finishedAt: iso(task.finished_at),
    })),
  };
}
