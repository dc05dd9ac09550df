/** How a campaign ends when it cannot go on. */
import { heraldCode } from '../../lords/codes.ts';
import type { CampaignCompleted, CampaignStage } from '../../topology/index.ts';
import type { Campaign } from '../store/campaign-store.ts';
import { changeStatus, failStages } from '../store/progress.ts';
import type { CampaignTables } from '../store/tables.ts';
import { money, stageDraft, stateChannel, type ProcessParts } from './parts.ts';

/** Ends a campaign as failed, with the reason on the stage, on the campaign, in a notification and on the bus. Once. */
export async function failCampaign(
  parts: ProcessParts,
  campaign: Campaign,
  stage: CampaignStage,
  error: { readonly code: string; readonly message: string },
): Promise<void> {
  const cost = await parts.costOf(campaign.workspaceId, campaign.id);
  await parts.db.transaction(campaign.workspaceId, async (tx) => {
    const query = tx.query<CampaignTables>();
    const now = parts.clock.now();
    if (!(await changeStatus(query, campaign.id, 'failed', now, error))) return;
    await failStages(query, campaign.id, error, now);
    await query
      .insertInto('notifications')
      .values({
        id: parts.ids.next('ntf'),
        workspace_id: campaign.workspaceId,
        kind: 'campaign_failed',
        title: `${campaign.name} could not be finished`,
        body: error.message.slice(0, 4_000),
        campaign_id: campaign.id,
        created_at: now,
        read_at: null,
      })
      .execute();
    tx.publish(
      stateChannel,
      stageDraft(campaign.id, {
        stage,
        status: 'failed',
        progress: 0,
        message: error.message.slice(0, 4_000),
        cost_usd: money(cost),
      }),
    );
    const completed: CampaignCompleted = {
      campaign_id: campaign.id,
      status: 'failed',
      duration_ms: Math.max(0, now - Date.parse(campaign.createdAt)),
      cost_usd: money(cost),
      assets: 0,
      citations: 0,
      error: error.message.slice(0, 4_000),
    };
    tx.publish(stateChannel, {
      type: 'campaign_completed',
      sourceAgentId: heraldCode,
      requestId: campaign.id,
      payload: completed,
    });
  });
}
