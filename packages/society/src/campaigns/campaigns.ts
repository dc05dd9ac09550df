/** Campaigns for whoever starts, watches and decides on them. Their work is done by the society, over the bus. */
import { RaptorFlowError } from 'raptorflow/kernel';
import { cognitionCode } from '../lords/codes.ts';
import type { CampaignCreated } from '../topology/index.ts';
import type { CampaignBrief } from './brief.ts';
import { estimateCampaign, type CampaignEstimate, type PlannedCampaign } from './estimate.ts';
import { decide, type Decision } from './process/approval-stage.ts';
import { commandChannel, commandDraft, stateChannel, type ProcessParts } from './process/parts.ts';
import {
  getCampaign,
  insertCampaign,
  listCampaigns,
  readStages,
  type Campaign,
  type CampaignFilter,
  type CampaignQuery,
  type Stage,
} from './store/campaign-store.ts';
import {
  countResults,
  findApproval,
  findQuest,
  readAssets,
  readPackage,
  readWarBrief,
  type StoredAsset,
} from './store/results.ts';
import type { CampaignTables } from './store/tables.ts';
import type { Quest } from './quest.ts';
import type { WarBrief } from './war-brief.ts';

/** A campaign to be started. */
export interface NewCampaignRequest {
  readonly workspaceId: string;
  readonly userId: string | null;
  readonly brief: CampaignBrief;
  readonly documentIds: readonly string[];
  /** The bundled sample that it is, if it is one. */
  readonly sample?: string;
}

/** What starting one answers. */
export interface StartedCampaign {
  readonly campaignId: string;
  /** The id of the `lord_command` that sets the research going. */
  readonly eventId: string;
}

/** Everything that is known of a campaign, but its large results. */
export interface CampaignOverview {
  readonly campaign: Campaign;
  readonly stages: readonly Stage[];
  readonly costMicroUsd: number;
}

/** Figures of what a campaign found, made and left open. */
export type CampaignCounts = Awaited<ReturnType<typeof countResults>>;

/** A person's or the brief's decision. */
export type CampaignApproval = NonNullable<Awaited<ReturnType<typeof findApproval>>>;

/** Documents of one campaign at most. */
const documentsMax = 100;

/** The campaigns of all workspaces. */
export interface Campaigns {
  /**
   * Stores a campaign and commands the research, in one transaction; durable when it resolves.
   * Throws `not_found` when a document is missing, and `invalid_input` for none or too many.
   */
  create(request: NewCampaignRequest): Promise<StartedCampaign>;
  /** What such a campaign may cost at most. Starts nothing. Throws `not_found`, `price_unknown`, `missing_configuration`. */
  estimate(planned: PlannedCampaign): Promise<CampaignEstimate>;
  /** Newest first. */
  list(
    workspaceId: string,
    filter: CampaignFilter,
  ): Promise<{ items: CampaignOverview[]; nextCursor: string | null; total: number }>;
  /** Throws `not_found`, as all that follow do. */
  get(workspaceId: string, campaignId: string): Promise<CampaignOverview>;
  counts(workspaceId: string, campaignId: string): Promise<CampaignCounts>;
  /** The names of those of these campaigns that there are, by id. */
  names(workspaceId: string, campaignIds: readonly string[]): Promise<ReadonlyMap<string, string>>;
  /** The war brief; not found until it is written. */
  warBrief(workspaceId: string, campaignId: string): Promise<WarBrief>;
  quest(workspaceId: string, campaignId: string): Promise<Quest | undefined>;
  assets(workspaceId: string, campaignId: string): Promise<StoredAsset[]>;
  approval(workspaceId: string, campaignId: string): Promise<CampaignApproval | undefined>;
  /** The package; not found until it is packed. */
  package(workspaceId: string, campaignId: string, form: 'markdown' | 'html'): Promise<string>;
  /** Approves or rejects the assets. Throws `conflict` unless the campaign waits for a decision. */
  decide(decision: Decision): Promise<void>;
}

/** Builds the campaigns. */
export function createCampaigns(parts: ProcessParts): Campaigns {
  return new StoredCampaigns(parts);
}

class StoredCampaigns implements Campaigns {
  readonly #parts: ProcessParts;

  constructor(parts: ProcessParts) {
    this.#parts = parts;
  }

  async create(request: NewCampaignRequest): Promise<StartedCampaign> {
    const { workspaceId, brief, documentIds } = request;
    if (documentIds.length === 0 || documentIds.length > documentsMax) {
      throw new RaptorFlowError(
        'invalid_input',
        `A campaign works from 1 to ${documentsMax} documents; this one names ${documentIds.length}.`,
      );
    }
    const unique = [...new Set(documentIds)];
    // Named before anything is stored, so that a missing one changes nothing.
    await this.#parts.documents.sources(workspaceId, unique);
    const campaignId = this.#parts.ids.next('cmp');
    const eventId = await this.#parts.db.transaction(workspaceId, async (tx) => {
      const campaign = await insertCampaign(tx.query<CampaignTables>(), {
        id: campaignId,
        workspaceId,
        brief,
        documentIds: unique,
        sample: request.sample ?? null,
        createdBy: request.userId,
        now: this.#parts.clock.now(),
      });
      const created: CampaignCreated = {
        campaign_id: campaignId,
        name: brief.name,
        product: brief.product,
        channels: [...brief.channels],
        documents: unique.length,
      };
      tx.publish(stateChannel, { type: 'campaign_created', requestId: campaignId, payload: created });
      return tx.publish(
        commandChannel('research'),
        commandDraft(campaign, { lord: cognitionCode, guild: 'research', name: 'analyze_market' }),
      );
    });
    return { campaignId, eventId };
  }

  estimate(planned: PlannedCampaign): Promise<CampaignEstimate> {
    return estimateCampaign(planned, this.#parts);
  }

  async list(
    workspaceId: string,
    filter: CampaignFilter,
  ): Promise<{ items: CampaignOverview[]; nextCursor: string | null; total: number }> {
    const query = this.#query(workspaceId);
    const page = await listCampaigns(query, filter);
    const stages = await readStages(
      query,
      page.items.map((campaign) => campaign.id),
    );
    const items = await Promise.all(
      page.items.map(async (campaign) => ({
        campaign,
        stages: stages.get(campaign.id) ?? [],
        costMicroUsd: await this.#parts.costOf(workspaceId, campaign.id),
      })),
    );
    return { ...page, items };
  }

  async get(workspaceId: string, campaignId: string): Promise<CampaignOverview> {
    const query = this.#query(workspaceId);
    const campaign = await getCampaign(query, campaignId);
    const [stages, costMicroUsd] = await Promise.all([
      readStages(query, [campaignId]),
      this.#parts.costOf(workspaceId, campaignId),
    ]);
    return { campaign, stages: stages.get(campaignId) ?? [], costMicroUsd };
  }

  counts(workspaceId: string, campaignId: string): Promise<CampaignCounts> {
    return countResults(this.#query(workspaceId), campaignId);
  }

  async names(workspaceId: string, campaignIds: readonly string[]): Promise<ReadonlyMap<string, string>> {
    if (campaignIds.length === 0) return new Map();
    const rows = await this.#query(workspaceId)
      .selectFrom('campaigns')
      .select(['id', 'name'])
      .where('id', 'in', [...campaignIds])
      .execute();
    return new Map(rows.map((row) => [row.id, row.name]));
  }

  async warBrief(workspaceId: string, campaignId: string): Promise<WarBrief> {
    const query = this.#query(workspaceId);
    await getCampaign(query, campaignId);
    return readWarBrief(query, campaignId);
  }

  quest(workspaceId: string, campaignId: string): Promise<Quest | undefined> {
    return findQuest(this.#query(workspaceId), campaignId);
  }

  async assets(workspaceId: string, campaignId: string): Promise<StoredAsset[]> {
    const query = this.#query(workspaceId);
    await getCampaign(query, campaignId);
    return readAssets(query, campaignId);
  }

  approval(workspaceId: string, campaignId: string): Promise<CampaignApproval | undefined> {
    return findApproval(this.#query(workspaceId), campaignId);
  }

  async package(workspaceId: string, campaignId: string, form: 'markdown' | 'html'): Promise<string> {
    const query = this.#query(workspaceId);
    await getCampaign(query, campaignId);
    return readPackage(query, campaignId, form);
  }

  decide(decision: Decision): Promise<void> {
    return decide(this.#parts, decision);
  }

  #query(workspaceId: string): CampaignQuery {
    return this.#parts.db.forWorkspace<CampaignTables>(workspaceId);
  }
}
