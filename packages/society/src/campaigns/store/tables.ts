/** The tables of campaigns. Times are epoch milliseconds; columns that end in `_json` hold JSON text. */
import {
  defineMigrations,
  defineTables,
  type RoomMigrations,
  type TableDeclarations,
} from '@raptorflow/runtime';

/** One campaign. */
export interface CampaignRow {
  id: string;
  workspace_id: string;
  name: string;
  status: string;
  brief_json: string;
  document_ids_json: string;
  sample: string | null;
  model: string | null;
  created_by: string | null;
  error_code: string | null;
  error_message: string | null;
  created_at: number;
  started_at: number | null;
  finished_at: number | null;
  first_finding_at: number | null;
}

/** One stage of a campaign; `done` of `total` tasks are finished. */
export interface CampaignStageRow {
  workspace_id: string;
  campaign_id: string;
  stage: string;
  position: number;
  status: string;
  done: number;
  total: number;
  summary: string | null;
  error_code: string | null;
  error_message: string | null;
  started_at: number | null;
  finished_at: number | null;
}

/** What one agent has to do in a stage: a researcher's report, a channel's asset, an asset's review. */
export interface CampaignTaskRow {
  workspace_id: string;
  campaign_id: string;
  stage: string;
  task: string;
  agent_code: string;
  status: string;
  run_id: string | null;
  summary: string | null;
  error_message: string | null;
  started_at: number | null;
  finished_at: number | null;
}

/** What one researcher found. */
export interface ResearchFindingsRow {
  workspace_id: string;
  campaign_id: string;
  agent_code: string;
  run_id: string | null;
  report_json: string;
  finding_count: number;
  citation_count: number;
  created_at: number;
}

/** A document that a stage made once: the war brief, the quest. */
export interface StageDocumentRow {
  id: string;
  workspace_id: string;
  campaign_id: string;
  run_id: string | null;
  content_json: string;
  created_at: number;
}

/** What Muse made for one channel. */
export interface AssetRow {
  id: string;
  workspace_id: string;
  campaign_id: string;
  channel: string;
  agent_code: string;
  run_id: string | null;
  status: string;
  verdict: string | null;
  content_json: string;
  created_at: number;
  updated_at: number;
}

/** What the Guardians said of one asset. */
export interface AssetReviewRow {
  id: string;
  workspace_id: string;
  campaign_id: string;
  asset_id: string;
  guardian_code: string;
  verdict: string;
  review_json: string;
  created_at: number;
}

/** Who decided on a campaign's assets, and what. */
export interface ApprovalRow {
  workspace_id: string;
  campaign_id: string;
  decision: string;
  decided_by: string;
  note: string | null;
  decided_at: number;
}

/** A finished package. */
export interface CampaignPackageRow {
  workspace_id: string;
  campaign_id: string;
  markdown: string;
  html: string;
  created_at: number;
}

/** A message to the people of a workspace. */
export interface NotificationRow {
  id: string;
  workspace_id: string;
  kind: string;
  title: string;
  body: string;
  campaign_id: string | null;
  created_at: number;
  read_at: number | null;
}

/** Every table of this room. */
export interface CampaignTables {
  campaigns: CampaignRow;
  campaign_stages: CampaignStageRow;
  campaign_tasks: CampaignTaskRow;
  research_findings: ResearchFindingsRow;
  war_briefs: StageDocumentRow;
  quests: StageDocumentRow;
  assets: AssetRow;
  asset_reviews: AssetReviewRow;
  approvals: ApprovalRow;
  campaign_packages: CampaignPackageRow;
  notifications: NotificationRow;
}

/** All of them belong to workspaces. */
export const campaignTables: TableDeclarations = defineTables({
  tenant: [
    'approvals',
    'asset_reviews',
    'assets',
    'campaign_packages',
    'campaign_stages',
    'campaign_tasks',
    'campaigns',
    'notifications',
    'quests',
    'research_findings',
    'war_briefs',
  ],
});

/** Their schema. */
export const campaignMigrations: RoomMigrations = defineMigrations('campaigns', [
  {
    id: '001_campaigns',
    async up(db) {
      await db.schema
        .createTable('campaigns')
        .addColumn('id', 'text', (column) => column.primaryKey())
        .addColumn('workspace_id', 'text', (column) => column.notNull())
        .addColumn('name', 'text', (column) => column.notNull())
        .addColumn('status', 'text', (column) => column.notNull())
        .addColumn('brief_json', 'text', (column) => column.notNull())
        .addColumn('document_ids_json', 'text', (column) => column.notNull())
        .addColumn('sample', 'text')
        .addColumn('model', 'text')
        .addColumn('created_by', 'text')
        .addColumn('error_code', 'text')
        .addColumn('error_message', 'text')
        .addColumn('created_at', 'bigint', (column) => column.notNull())
        .addColumn('started_at', 'bigint')
        .addColumn('finished_at', 'bigint')
        .addColumn('first_finding_at', 'bigint')
        .execute();
      await db.schema
        .createIndex('campaigns_by_workspace')
        .on('campaigns')
        .columns(['workspace_id', 'id'])
        .execute();
      await db.schema
        .createTable('campaign_stages')
        .addColumn('workspace_id', 'text', (column) => column.notNull())
        .addColumn('campaign_id', 'text', (column) => column.notNull())
        .addColumn('stage', 'text', (column) => column.notNull())
        .addColumn('position', 'integer', (column) => column.notNull())
        .addColumn('status', 'text', (column) => column.notNull())
        .addColumn('done', 'integer', (column) => column.notNull())
        .addColumn('total', 'integer', (column) => column.notNull())
        .addColumn('summary', 'text')
        .addColumn('error_code', 'text')
        .addColumn('error_message', 'text')
        .addColumn('started_at', 'bigint')
        .addColumn('finished_at', 'bigint')
        .addPrimaryKeyConstraint('campaign_stages_key', ['campaign_id', 'stage'])
        .execute();
      await db.schema
        .createTable('campaign_tasks')
        .addColumn('workspace_id', 'text', (column) => column.notNull())
        .addColumn('campaign_id', 'text', (column) => column.notNull())
        .addColumn('stage', 'text', (column) => column.notNull())
        .addColumn('task', 'text', (column) => column.notNull())
        .addColumn('agent_code', 'text', (column) => column.notNull())
        .addColumn('status', 'text', (column) => column.notNull())
        .addColumn('run_id', 'text')
        .addColumn('summary', 'text')
        .addColumn('error_message', 'text')
        .addColumn('started_at', 'bigint')
        .addColumn('finished_at', 'bigint')
        .addPrimaryKeyConstraint('campaign_tasks_key', ['campaign_id', 'stage', 'task'])
        .execute();
    },
  },
  {
    id: '002_results',
    async up(db) {
      await db.schema
        .createTable('research_findings')
        .addColumn('workspace_id', 'text', (column) => column.notNull())
        .addColumn('campaign_id', 'text', (column) => column.notNull())
        .addColumn('agent_code', 'text', (column) => column.notNull())
        .addColumn('run_id', 'text')
        .addColumn('report_json', 'text', (column) => column.notNull())
        .addColumn('finding_count', 'integer', (column) => column.notNull())
        .addColumn('citation_count', 'integer', (column) => column.notNull())
        .addColumn('created_at', 'bigint', (column) => column.notNull())
        .addPrimaryKeyConstraint('research_findings_key', ['campaign_id', 'agent_code'])
        .execute();
      for (const table of ['war_briefs', 'quests']) {
        await db.schema
          .createTable(table)
          .addColumn('id', 'text', (column) => column.primaryKey())
          .addColumn('workspace_id', 'text', (column) => column.notNull())
          .addColumn('campaign_id', 'text', (column) => column.notNull().unique())
          .addColumn('run_id', 'text')
          .addColumn('content_json', 'text', (column) => column.notNull())
          .addColumn('created_at', 'bigint', (column) => column.notNull())
          .execute();
      }
      await db.schema
        .createTable('assets')
        .addColumn('id', 'text', (column) => column.primaryKey())
        .addColumn('workspace_id', 'text', (column) => column.notNull())
        .addColumn('campaign_id', 'text', (column) => column.notNull())
        .addColumn('channel', 'text', (column) => column.notNull())
        .addColumn('agent_code', 'text', (column) => column.notNull())
        .addColumn('run_id', 'text')
        .addColumn('status', 'text', (column) => column.notNull())
        .addColumn('verdict', 'text')
        .addColumn('content_json', 'text', (column) => column.notNull())
        .addColumn('created_at', 'bigint', (column) => column.notNull())
        .addColumn('updated_at', 'bigint', (column) => column.notNull())
        .addUniqueConstraint('assets_one_a_channel', ['campaign_id', 'channel'])
        .execute();
      await db.schema
        .createTable('asset_reviews')
        .addColumn('id', 'text', (column) => column.primaryKey())
        .addColumn('workspace_id', 'text', (column) => column.notNull())
        .addColumn('campaign_id', 'text', (column) => column.notNull())
        .addColumn('asset_id', 'text', (column) => column.notNull())
        .addColumn('guardian_code', 'text', (column) => column.notNull())
        .addColumn('verdict', 'text', (column) => column.notNull())
        .addColumn('review_json', 'text', (column) => column.notNull())
        .addColumn('created_at', 'bigint', (column) => column.notNull())
        .addUniqueConstraint('asset_reviews_one_a_guardian', ['asset_id', 'guardian_code'])
        .execute();
    },
  },
  {
    id: '003_endings',
    async up(db) {
      await db.schema
        .createTable('approvals')
        .addColumn('campaign_id', 'text', (column) => column.primaryKey())
        .addColumn('workspace_id', 'text', (column) => column.notNull())
        .addColumn('decision', 'text', (column) => column.notNull())
        .addColumn('decided_by', 'text', (column) => column.notNull())
        .addColumn('note', 'text')
        .addColumn('decided_at', 'bigint', (column) => column.notNull())
        .execute();
      await db.schema
        .createTable('campaign_packages')
        .addColumn('campaign_id', 'text', (column) => column.primaryKey())
        .addColumn('workspace_id', 'text', (column) => column.notNull())
        .addColumn('markdown', 'text', (column) => column.notNull())
        .addColumn('html', 'text', (column) => column.notNull())
        .addColumn('created_at', 'bigint', (column) => column.notNull())
        .execute();
      await db.schema
        .createTable('notifications')
        .addColumn('id', 'text', (column) => column.primaryKey())
        .addColumn('workspace_id', 'text', (column) => column.notNull())
        .addColumn('kind', 'text', (column) => column.notNull())
        .addColumn('title', 'text', (column) => column.notNull())
        .addColumn('body', 'text', (column) => column.notNull())
        .addColumn('campaign_id', 'text')
        .addColumn('created_at', 'bigint', (column) => column.notNull())
        .addColumn('read_at', 'bigint')
        .execute();
      await db.schema
        .createIndex('notifications_by_workspace')
        .on('notifications')
        .columns(['workspace_id', 'id'])
        .execute();
    },
  },
]);
