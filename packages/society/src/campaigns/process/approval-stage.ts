/** The gate: the Arbiter lets the assets through when the brief says so, else a person decides. */
import type { BusEvent, EventDraft } from 'raptorflow/bus';
import { RaptorFlowError } from 'raptorflow/kernel';
import { arbiterCode } from '../../lords/codes.ts';
import type {
  ApprovalDecided,
  ApprovalRequired,
  AssetsReviewed,
  CampaignCompleted,
} from '../../topology/index.ts';
import {
  beginStage,
  beginTask,
  changeStatus,
  completeStage,
  failStages,
  finishTask,
  suspendStage,
} from '../store/progress.ts';
import { commandChannel, stateChannel, type ProcessParts } from './parts.ts';
import { workspaceOf } from './research.ts';
import { playScene, type Scene } from './scene.ts';

const stage = 'approval';
/** Who decided, when it was the brief. */
export const automaticDecider = 'rule:automatic';

/** What a person says about a campaign's assets. */
export interface Decision {
  readonly workspaceId: string;
  readonly campaignId: string;
  readonly decision: 'approved' | 'rejected';
  readonly userId: string;
  readonly note: string | null;
}

/** `assets_reviewed`: approves by the brief's rule, rejected assets left out, else asks for a person. */
export async function gate(parts: ProcessParts, event: BusEvent, reviewed: AssetsReviewed): Promise<void> {
  const workspaceId = workspaceOf(event);
  const ref = { workspaceId, campaignId: reviewed.campaign_id, stage, cause: event.id } as const;
  await playScene(parts, ref, async (scene) => {
    const { query, now } = scene;
    const begun = await beginStage(query, scene.ref, [{ task: arbiterCode, agentCode: arbiterCode }], now);
    if (!begun) return;
    await beginTask(query, scene.ref, arbiterCode, null, now);
    const figures = `${reviewed.passed} passed, ${reviewed.warnings} with warnings, ${reviewed.rejected} rejected`;
    if (scene.campaign.brief.approval === 'automatic') await approveByRule(scene, figures);
    else await askForPerson(scene, figures);
  });
}

async function approveByRule(scene: Scene, figures: string): Promise<void> {
  const note = `The brief approves automatically: ${figures} and left out.`;
  await recordDecision(scene, { decision: 'approved', by: automaticDecider, note });
  await finishTask(scene.query, scene.ref, arbiterCode, { status: 'completed', summary: note }, scene.now);
  scene.say(commandChannel('guardians'), decided('approval_granted', scene, automaticDecider, note));
  scene.tell({ status: 'completed', progress: 1, agent_code: arbiterCode, message: note });
}

async function askForPerson(scene: Scene, figures: string): Promise<void> {
  const { query, campaign, now } = scene;
  const summary = `Waits for a person: ${figures}.`;
  await suspendStage(query, scene.ref, summary);
  await changeStatus(query, campaign.id, 'awaiting_approval', now);
  await scene.notify('approval_required', `${campaign.name} waits for approval`, summary);
  const assets = await query
    .selectFrom('assets')
    .select('id')
    .where('campaign_id', '=', campaign.id)
    .execute();
  const payload: ApprovalRequired = {
    approval_id: campaign.id,
    campaign_id: campaign.id,
    subject: `Assets of ${campaign.name}`,
    asset_ids: assets.map((asset) => asset.id),
    expires_at: null,
  };
  scene.say(commandChannel('guardians'), {
    type: 'approval_required',
    priority: 'high',
    sourceAgentId: arbiterCode,
    payload,
  });
  scene.tell({ status: 'waiting', progress: 0, agent_code: arbiterCode, message: summary });
}

/** A person's decision. Throws `not_found`, or `conflict` unless the campaign waits for one. */
export async function decide(parts: ProcessParts, decision: Decision): Promise<void> {
  const { workspaceId, campaignId, userId, note } = decision;
  await playScene(parts, { workspaceId, campaignId, stage }, async (scene) => {
    const { query, campaign, now } = scene;
    const waits = campaign.status === 'awaiting_approval';
    if (!waits || !(await completeStage(query, scene.ref, note, now))) {
      throw new RaptorFlowError('conflict', `The campaign is ${campaign.status} and waits for no decision.`, {
        details: { status: campaign.status },
      });
    }
    await recordDecision(scene, { decision: decision.decision, by: userId, note });
    const summary = `${decision.decision} by ${userId}`;
    await finishTask(query, scene.ref, arbiterCode, { status: 'completed', summary }, now);
    if (decision.decision === 'rejected') {
      await endRejected(scene, userId, note);
      return;
    }
    await changeStatus(query, campaignId, 'running', now);
    scene.say(commandChannel('guardians'), decided('approval_granted', scene, userId, note));
    scene.tell({ status: 'completed', progress: 1, message: 'Approved.' });
  });
}

async function endRejected(scene: Scene, userId: string, note: string | null): Promise<void> {
  const { query, campaign, now } = scene;
  const message = 'The assets were rejected.';
  await changeStatus(query, campaign.id, 'rejected', now);
  await failStages(query, campaign.id, { code: 'cancelled', message }, now);
  await query
    .updateTable('assets')
    .set({ status: 'rejected', updated_at: now })
    .where('campaign_id', '=', campaign.id)
    .execute();
  scene.say(commandChannel('guardians'), decided('approval_denied', scene, userId, note));
  const payload: CampaignCompleted = {
    campaign_id: campaign.id,
    status: 'cancelled',
    duration_ms: Math.max(0, now - Date.parse(campaign.createdAt)),
    cost_usd: scene.costUsd,
    assets: 0,
    citations: 0,
    error: message,
  };
  scene.say(stateChannel, { type: 'campaign_completed', payload });
}

function decided(
  type: 'approval_granted' | 'approval_denied',
  { campaign }: Scene,
  by: string,
  note: string | null,
): EventDraft {
  const payload: ApprovalDecided = {
    approval_id: campaign.id,
    campaign_id: campaign.id,
    decided_by: by,
    ...(note === null ? {} : { reason: note }),
  };
  return { type, priority: 'high', sourceAgentId: arbiterCode, payload };
}

async function recordDecision(
  { query, campaign, now }: Scene,
  decision: { readonly decision: string; readonly by: string; readonly note: string | null },
): Promise<void> {
  await query
    .insertInto('approvals')
    .values({
      workspace_id: campaign.workspaceId,
      campaign_id: campaign.id,
      decision: decision.decision,
      decided_by: decision.by,
      note: decision.note,
      decided_at: now,
    })
    .execute();
  if (decision.decision !== 'approved') return;
  const ofCampaign = query.updateTable('assets').where('campaign_id', '=', campaign.id);
  await ofCampaign.set({ status: 'approved', updated_at: now }).where('verdict', '!=', 'REJECTED').execute();
  await ofCampaign.set({ status: 'rejected', updated_at: now }).where('verdict', '=', 'REJECTED').execute();
}
