/** One step of a campaign inside one transaction: the rows it changes and the words it says belong together. */
import type { UnitOfWork } from '@raptorflow/runtime';
import type { EventDraft } from 'raptorflow/bus';
import type { CampaignStage, CampaignStageUpdate } from '../../topology/index.ts';
import { getCampaign, type Campaign, type CampaignQuery } from '../store/campaign-store.ts';
import type { StageRef } from '../store/progress.ts';
import type { CampaignTables } from '../store/tables.ts';
import { money, stageDraft, stateChannel, type ProcessParts } from './parts.ts';

/** Which step of which campaign, and the event that set it off. */
export interface SceneRef {
  readonly workspaceId: string;
  readonly campaignId: string;
  readonly stage: CampaignStage;
  readonly cause?: string;
}

/** What a step works with. Nothing else is awaited in it but statements of `query`. */
export interface Scene {
  readonly campaign: Campaign;
  readonly ref: StageRef;
  readonly query: CampaignQuery;
  /** Epoch milliseconds, the same for everything in this step. */
  readonly now: number;
  /** What the campaign has cost so far, as the wire writes it. */
  readonly costUsd: string;
  /** Publishes with the campaign's correlation and the cause. */
  say(channel: string, draft: EventDraft): string;
  /** Tells the dashboard how the stage stands. */
  tell(update: Omit<CampaignStageUpdate, 'campaign_id' | 'stage' | 'cost_usd'>): void;
  /** Leaves a message for the people of the workspace. */
  notify(kind: string, title: string, body: string): Promise<void>;
}

/** Runs a step in a transaction: all of it happens, or nothing. */
export async function playScene<T>(
  parts: ProcessParts,
  ref: SceneRef,
  play: (scene: Scene) => Promise<T>,
): Promise<T> {
  const costUsd = money(await parts.costOf(ref.workspaceId, ref.campaignId));
  return parts.db.transaction(ref.workspaceId, async (tx) => {
    const query = tx.query<CampaignTables>();
    const campaign = await getCampaign(query, ref.campaignId);
    return play(setScene(parts, tx, { query, campaign, ref, costUsd }));
  });
}

function setScene(
  parts: ProcessParts,
  tx: UnitOfWork,
  facts: {
    readonly query: CampaignQuery;
    readonly campaign: Campaign;
    readonly ref: SceneRef;
    readonly costUsd: string;
  },
): Scene {
  const { query, campaign, ref, costUsd } = facts;
  const { workspaceId, campaignId, stage, cause } = ref;
  const now = parts.clock.now();
  return {
    campaign,
    ref: { workspaceId, campaignId, stage },
    query,
    now,
    costUsd,
    say: (channel, draft) =>
      tx.publish(channel, {
        requestId: campaignId,
        ...(cause === undefined ? {} : { causedBy: cause }),
        ...draft,
      }),
    tell(update) {
      const message = update.message?.slice(0, 4_000);
      const told = { ...update, stage, cost_usd: costUsd, ...(message === undefined ? {} : { message }) };
      tx.publish(stateChannel, stageDraft(campaignId, told));
    },
    async notify(kind, title, body) {
      await query
        .insertInto('notifications')
        .values({
          id: parts.ids.next('ntf'),
          workspace_id: workspaceId,
          kind,
          title,
          body: body.slice(0, 4_000),
          campaign_id: campaignId,
          created_at: now,
          read_at: null,
        })
        .execute();
    },
  };
}
