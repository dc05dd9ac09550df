/** How a campaign ends when it cannot go on. */
import { heraldCode } from '../../lords/codes.ts';
import type { CampaignCompleted, CampaignStage } from '../../topology/index.ts';
import type { Campaign } from '../store/campaign-store.ts';
import { changeStatus, failStages } from '../store/progress.ts';
import { stateChannel, type ProcessParts } from './parts.ts';
import { playScene } from './scene.ts';

/** Ends a campaign as failed, with the reason on the stage, on the campaign, in a notification and on the bus. Once. */
export async function failCampaign(
  parts: ProcessParts,
  campaign: Campaign,
  stage: CampaignStage,
  error: { readonly code: string; readonly message: string },
): Promise<void> {
  const { workspaceId, id: campaignId } = campaign;
  await playScene(parts, { workspaceId, campaignId, stage }, async (scene) => {
    const { query, now } = scene;
    if (!(await changeStatus(query, campaignId, 'failed', now, error))) return;
    await failStages(query, campaignId, error, now);
    await scene.notify('campaign_failed', `${campaign.name} could not be finished`, error.message);
    scene.tell({ status: 'failed', progress: 0, message: error.message });
    const payload: CampaignCompleted = {
      campaign_id: campaignId,
      status: 'failed',
      duration_ms: Math.max(0, now - Date.parse(campaign.createdAt)),
      cost_usd: scene.costUsd,
      assets: 0,
      citations: 0,
      error: error.message.slice(0, 4_000),
    };
    scene.say(stateChannel, { type: 'campaign_completed', sourceAgentId: heraldCode, payload });
  });
}
