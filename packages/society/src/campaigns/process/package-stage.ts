/** The end: Herald packs brief, plan and assets, tells the people of the workspace, and closes the campaign. */
import type { BusEvent } from 'raptorflow/bus';
import { heraldCode } from '../../lords/codes.ts';
import type { ApprovalDecided, CampaignCompleted } from '../../topology/index.ts';
import { renderPackage, type PackageInput } from '../package.ts';
import { getCampaign, type Campaign } from '../store/campaign-store.ts';
import { beginStage, beginTask, changeStatus, finishTask, summariseStage } from '../store/progress.ts';
import { findQuest, readAssets, readWarBrief } from '../store/results.ts';
import type { CampaignTables } from '../store/tables.ts';
import { money, readDocuments, stateChannel, type ProcessParts } from './parts.ts';
import { workspaceOf } from './research.ts';
import { playScene } from './scene.ts';

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
  const ref = { workspaceId, campaignId: campaign.id, stage, cause: event.id } as const;
  await playScene(parts, ref, async (scene) => {
    const { query: inside, now } = scene;
    if (!(await beginStage(inside, scene.ref, [{ task: heraldCode, agentCode: heraldCode }], now))) return;
    await beginTask(inside, scene.ref, heraldCode, null, now);
    await inside
      .insertInto('campaign_packages')
      .values({ workspace_id: workspaceId, campaign_id: campaign.id, ...rendered, created_at: now })
      .execute();
    const citations = input.warBrief.citations.length;
    const summary = `Brief, plan and ${input.assets.length} assets with ${citations} citations, as Markdown and HTML.`;
    await finishTask(inside, scene.ref, heraldCode, { status: 'completed', summary }, now);
    await summariseStage(inside, scene.ref, summary);
    await changeStatus(inside, campaign.id, 'completed', now);
    await scene.notify('campaign_completed', `${campaign.name} is ready`, summary);
    scene.tell({ status: 'completed', progress: 1, agent_code: heraldCode, message: summary });
    const payload: CampaignCompleted = {
      campaign_id: campaign.id,
      status: 'completed',
      duration_ms: Math.max(0, now - Date.parse(campaign.createdAt)),
      cost_usd: scene.costUsd,
      assets: input.assets.length,
      citations,
    };
    scene.say(stateChannel, { type: 'campaign_completed', sourceAgentId: heraldCode, payload });
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
