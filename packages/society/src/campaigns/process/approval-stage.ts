/** The gate: the Arbiter lets the assets through when the brief says so, else a person decides. */
import type { BusEvent } from 'raptorflow/bus';
import { RaptorFlowError } from 'raptorflow/kernel';
import { arbiterCode } from '../../lords/codes.ts';
import type {
  ApprovalDecided,
  ApprovalRequired,
  AssetsReviewed,
  CampaignCompleted,
} from '../../topology/index.ts';
import { getCampaign, type Campaign, type CampaignQuery } from '../store/campaign-store.ts';
import {
  beginStage,
  beginTask,
  changeStatus,
  completeStage,
  failStages,
  finishTask,
  suspendStage,
  type StageRef,
} from '../store/progress.ts';
import type { CampaignTables } from '../store/tables.ts';
import { commandChannel, money, stageDraft, stateChannel, type ProcessParts } from './parts.ts';
import { workspaceOf } from './research.ts';

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

/** `assets_reviewed`: approves by the brief's rule when nothing was rejected, else asks for a person. */
export async function gate(parts: ProcessParts, event: BusEvent, reviewed: AssetsReviewed): Promise<void> {
  const workspaceId = workspaceOf(event);
  const cost = await parts.costOf(workspaceId, reviewed.campaign_id);
  await parts.db.transaction(workspaceId, async (tx) => {
    const query = tx.query<CampaignTables>();
    const now = parts.clock.now();
    const campaign = await getCampaign(query, reviewed.campaign_id);
    const ref = refOf(campaign);
    if (!(await beginStage(query, ref, [{ task: arbiterCode, agentCode: arbiterCode }], now))) return;
    await beginTask(query, ref, arbiterCode, null, now);
    if (campaign.brief.approval === 'automatic') {
      const note = `The brief approves automatically: ${reviewed.passed} passed, ${reviewed.warnings} with warnings, ${reviewed.rejected} rejected and left out.`;
      await recordDecision(query, campaign, { decision: 'approved', by: automaticDecider, note }, now);
      await finishTask(query, ref, arbiterCode, { status: 'completed', summary: note }, now);
      tx.publish(commandChannel('guardians'), granted(campaign, automaticDecider, note, event.id));
      tx.publish(
        stateChannel,
        stageDraft(campaign.id, {
          stage,
          status: 'completed',
          progress: 1,
          agent_code: arbiterCode,
          message: note,
          cost_usd: money(cost),
        }),
      );
      return;
    }
    const summary = `Waits for a person: ${reviewed.passed} passed, ${reviewed.warnings} with warnings, ${reviewed.rejected} rejected.`;
    await suspendStage(query, ref, summary);
    await changeStatus(query, campaign.id, 'awaiting_approval', now);
    const assets = await query
      .selectFrom('assets')
      .select('id')
      .where('campaign_id', '=', campaign.id)
      .execute();
    await query
      .insertInto('notifications')
      .values({
        id: parts.ids.next('ntf'),
        workspace_id: workspaceId,
        kind: 'approval_required',
        title: `${campaign.name} waits for approval`,
        body: summary,
        campaign_id: campaign.id,
        created_at: now,
        read_at: null,
      })
      .execute();
    const required: ApprovalRequired = {
      approval_id: campaign.id,
      campaign_id: campaign.id,
      subject: `Assets of ${campaign.name}`,
      asset_ids: assets.map((asset) => asset.id),
      expires_at: null,
    };
    tx.publish(commandChannel('guardians'), {
      type: 'approval_required',
      priority: 'high',
      sourceAgentId: arbiterCode,
      requestId: campaign.id,
      causedBy: event.id,
      payload: required,
    });
    tx.publish(
      stateChannel,
      stageDraft(campaign.id, {
        stage,
        status: 'waiting',
        progress: 0,
        agent_code: arbiterCode,
        message: summary,
        cost_usd: money(cost),
      }),
    );
  });
}

/** A person's decision. Throws `not_found`, or `conflict` unless the campaign waits for one. */
export async function decide(parts: ProcessParts, decision: Decision): Promise<void> {
  const { workspaceId, campaignId, userId, note } = decision;
  const cost = await parts.costOf(workspaceId, campaignId);
  await parts.db.transaction(workspaceId, async (tx) => {
    const query = tx.query<CampaignTables>();
    const now = parts.clock.now();
    const campaign = await getCampaign(query, campaignId);
    const ref = refOf(campaign);
    if (campaign.status !== 'awaiting_approval' || !(await completeStage(query, ref, note, now))) {
      throw new RaptorFlowError('conflict', `The campaign is ${campaign.status} and waits for no decision.`, {
        details: { status: campaign.status },
      });
    }
    await recordDecision(query, campaign, { decision: decision.decision, by: userId, note }, now);
    await finishTask(
      query,
      ref,
      arbiterCode,
      { status: 'completed', summary: `${decision.decision} by ${userId}` },
      now,
    );
    if (decision.decision === 'approved') {
      await changeStatus(query, campaignId, 'running', now);
      tx.publish(commandChannel('guardians'), granted(campaign, userId, note));
      tx.publish(
        stateChannel,
        stageDraft(campaignId, {
          stage,
          status: 'completed',
          progress: 1,
          message: 'Approved.',
          cost_usd: money(cost),
        }),
      );
      return;
    }
    await changeStatus(query, campaignId, 'rejected', now);
    await failStages(query, campaignId, { code: 'cancelled', message: 'The assets were rejected.' }, now);
    await query
      .updateTable('assets')
      .set({ status: 'rejected', updated_at: now })
      .where('campaign_id', '=', campaignId)
      .execute();
    tx.publish(commandChannel('guardians'), { ...granted(campaign, userId, note), type: 'approval_denied' });
    const ended: CampaignCompleted = {
      campaign_id: campaignId,
      status: 'cancelled',
      duration_ms: Math.max(0, now - Date.parse(campaign.createdAt)),
      cost_usd: money(cost),
      assets: 0,
      citations: 0,
      error: 'The assets were rejected.',
    };
    tx.publish(stateChannel, { type: 'campaign_completed', requestId: campaignId, payload: ended });
  });
}

function granted(
  campaign: Campaign,
  by: string,
  note: string | null,
  cause?: string,
): {
  type: string;
  priority: 'high';
  sourceAgentId: string;
  requestId: string;
  causedBy?: string;
  payload: ApprovalDecided;
} {
  return {
    type: 'approval_granted',
    priority: 'high',
    sourceAgentId: arbiterCode,
    requestId: campaign.id,
    ...(cause === undefined ? {} : { causedBy: cause }),
    payload: {
      approval_id: campaign.id,
      campaign_id: campaign.id,
      decided_by: by,
      ...(note === null ? {} : { reason: note }),
    },
  };
}

async function recordDecision(
  query: CampaignQuery,
  campaign: Campaign,
  decision: { readonly decision: string; readonly by: string; readonly note: string | null },
  now: number,
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
  if (decision.decision === 'approved') {
    await query
      .updateTable('assets')
      .set({ status: 'approved', updated_at: now })
      .where('campaign_id', '=', campaign.id)
      .where('verdict', '!=', 'REJECTED')
      .execute();
    await query
      .updateTable('assets')
      .set({ status: 'rejected', updated_at: now })
      .where('campaign_id', '=', campaign.id)
      .where('verdict', '=', 'REJECTED')
      .execute();
  }
}

function refOf(campaign: Campaign): StageRef {
  return { workspaceId: campaign.workspaceId, campaignId: campaign.id, stage };
}
