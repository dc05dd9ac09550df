/** The end: Herald packs brief, plan and assets, tells the people of the workspace, and closes the campaign. */
import type { BusEvent } from 'raptorflow/bus';
import { heraldCode } from '../../lords/codes.ts';
import type { ApprovalDecided, CampaignCompleted } from '../../topology/index.ts';
import { renderPackage, type PackageInput } from '../package.ts';
import { getCampaign, type Campaign } from '../store/campaign-store.ts';
import {
  beginStage,
  beginTask,
  changeStatus,
  finishTask,
  summariseStage,
  type StageRef,
} from '../store/progress.ts';
import { findQuest, readAssets, readWarBrief } from '../store/results.ts';
import type { CampaignTables } from '../store/tables.ts';
import { money, readDocuments, stageDraft, stateChannel, type ProcessParts } from './parts.ts';
import { workspaceOf } from './research.ts';

const stage = 'package';

/** `approval_granted`: renders the package, stores it, and ends the campaign, in one transaction. */
export async function packCampaign(
  parts: ProcessParts,
  event: BusEvent,
  decided: ApprovalDecided,
): Promise<void> {
  const workspaceId = workspaceOf(event);
  const query = parts.db.forWorkspace<CampaignTables>(workspaceId);
  const campaign = await getCampaign(query, decided.campaign_id);
  const done = await query
    .selectFrom('campaign_packages')
    .select('campaign_id')
    .where('campaign_id', '=', campaign.id)
    .executeTakeFirst();
  if (done) return;
  const input = await gather(parts, campaign);
  const rendered = renderPackage(input);
  const cost = await parts.costOf(workspaceId, campaign.id);
  await parts.db.transaction(workspaceId, async (tx) => {
    const inside = tx.query<CampaignTables>();
    const now = parts.clock.now();
    const ref = refOf(campaign);
    if (!(await beginStage(inside, ref, [{ task: heraldCode, agentCode: heraldCode }], now))) return;
    await beginTask(inside, ref, heraldCode, null, now);
    await inside
      .insertInto('campaign_packages')
      .values({
        workspace_id: workspaceId,
        campaign_id: campaign.id,
        markdown: rendered.markdown,
        html: rendered.html,
        created_at: now,
      })
      .execute();
    const citations = input.warBrief.citations.length;
    const summary = `Brief, plan and ${input.assets.length} assets with ${citations} citations, as Markdown and HTML.`;
    await finishTask(inside, ref, heraldCode, { status: 'completed', summary }, now);
    await summariseStage(inside, ref, summary);
    await changeStatus(inside, campaign.id, 'completed', now);
    await inside
      .insertInto('notifications')
      .values({
        id: parts.ids.next('ntf'),
        workspace_id: workspaceId,
        kind: 'campaign_completed',
        title: `${campaign.name} is ready`,
        body: summary,
        campaign_id: campaign.id,
        created_at: now,
        read_at: null,
      })
      .execute();
    tx.publish(
      stateChannel,
      stageDraft(campaign.id, {
        stage,
        status: 'completed',
        progress: 1,
        agent_code: heraldCode,
        message: summary,
        cost_usd: money(cost),
      }),
    );
    const completed: CampaignCompleted = {
      campaign_id: campaign.id,
      status: 'completed',
      duration_ms: Math.max(0, now - Date.parse(campaign.createdAt)),
      cost_usd: money(cost),
      assets: input.assets.length,
      citations,
    };
    tx.publish(stateChannel, {
      type: 'campaign_completed',
      sourceAgentId: heraldCode,
      requestId: campaign.id,
      causedBy: event.id,
      payload: completed,
    });
  });
}

async function gather(parts: ProcessParts, campaign: Campaign): Promise<PackageInput> {
  const { workspaceId } = campaign;
  const query = parts.db.forWorkspace<CampaignTables>(workspaceId);
  const [warBrief, quest, assets, documents, runs, model, cost] = await Promise.all([
    readWarBrief(query, campaign.id),
    findQuest(query, campaign.id),
    readAssets(query, campaign.id),
    readDocuments(parts, campaign),
    parts.runs.list(workspaceId, { campaignId: campaign.id, limit: 500 }),
    parts.modelMark(workspaceId),
    parts.costOf(workspaceId, campaign.id),
  ]);
  return {
    campaign: { id: campaign.id, createdAt: campaign.createdAt },
    brief: campaign.brief,
    warBrief,
    quest: quest ?? null,
    assets: assets.map(({ asset, reviews }) => ({ asset, reviews })),
    documents,
    runs,
    model,
    costUsd: money(cost),
    packedAt: new Date(parts.clock.now()).toISOString(),
  };
}

function refOf(campaign: Campaign): StageRef {
  return { workspaceId: campaign.workspaceId, campaignId: campaign.id, stage };
}
