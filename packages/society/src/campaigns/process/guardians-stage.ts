/** The review: the Guardians hold every asset against the rules of its platform, in code; the Arbiter takes the result. */
import type { BusEvent } from 'raptorflow/bus';
import {
  reviewContent,
  verdictOf,
  type PlatformId,
  type Review,
  type Verdict,
} from '../../guardians/index.ts';
import { contentOf, type Asset } from '../../guilds/muse/index.ts';
import { arbiterCode } from '../../lords/codes.ts';
import type { AssetReviewed, AssetsReviewed, LordCommand } from '../../topology/index.ts';
import { getCampaign, type Campaign } from '../store/campaign-store.ts';
import { beginStage, finishTask, summariseStage, type StageRef } from '../store/progress.ts';
import { readWarBrief, type AssetReview } from '../store/results.ts';
import type { CampaignTables } from '../store/tables.ts';
import type { WarBrief } from '../war-brief.ts';
import { commandChannel, money, stageDraft, stateChannel, type ProcessParts } from './parts.ts';
import { workspaceOf } from './research.ts';

const stage = 'guardians';

/** `review_assets`: reviews all assets of a campaign, stores what was said, and tells the Arbiter; one transaction, since rules take no time. */
export async function reviewAssets(
  parts: ProcessParts,
  event: BusEvent,
  command: LordCommand,
): Promise<void> {
  const workspaceId = workspaceOf(event);
  const query = parts.db.forWorkspace<CampaignTables>(workspaceId);
  const campaign = await getCampaign(query, command.campaign_id);
  const warBrief = await readWarBrief(query, campaign.id);
  const rows = await query
    .selectFrom('assets')
    .select(['id', 'channel', 'content_json'])
    .where('campaign_id', '=', campaign.id)
    .orderBy('channel')
    .execute();
  const reviewed = rows.map((row) => {
    const asset = JSON.parse(row.content_json) as Asset;
    const reviews = reviewAsset(asset, campaign, warBrief);
    return {
      id: row.id,
      channel: row.channel as PlatformId,
      reviews,
      verdict: bestOf(reviews.map(({ review }) => review)),
    };
  });
  const cost = await parts.costOf(workspaceId, campaign.id);
  await parts.db.transaction(workspaceId, async (tx) => {
    const inside = tx.query<CampaignTables>();
    const now = parts.clock.now();
    const ref = refOf(campaign);
    const tasks = reviewed.map(({ channel, reviews }) => ({
      task: channel,
      agentCode: reviews[0]?.review.guardian ?? arbiterCode,
    }));
    if (!(await beginStage(inside, ref, tasks, now))) return;
    for (const { id, channel, reviews, verdict } of reviewed) {
      await storeReviews(parts, inside, campaign, id, reviews, now);
      await inside
        .updateTable('assets')
        .set({ status: 'checked', verdict, updated_at: now })
        .where('id', '=', id)
        .execute();
      await finishTask(
        inside,
        ref,
        channel,
        { status: 'completed', summary: `${verdict}: ${summaryOf(reviews)}` },
        now,
      );
      for (const { variantId, review } of reviews) {
        const payload: AssetReviewed = {
          campaign_id: campaign.id,
          asset_id: id,
          variant_id: variantId,
          guardian: review.guardian,
          verdict: review.verdict,
          findings: review.findings.length,
        };
        tx.publish(commandChannel('guardians'), {
          type: 'asset_reviewed',
          sourceAgentId: review.guardian,
          requestId: campaign.id,
          causedBy: event.id,
          payload,
        });
      }
    }
    const payload: AssetsReviewed = {
      campaign_id: campaign.id,
      passed: reviewed.filter(({ verdict }) => verdict === 'PASSED').length,
      warnings: reviewed.filter(({ verdict }) => verdict === 'WARNING').length,
      rejected: reviewed.filter(({ verdict }) => verdict === 'REJECTED').length,
    };
    const summary = `${payload.passed} passed, ${payload.warnings} with warnings, ${payload.rejected} rejected.`;
    await summariseStage(inside, ref, summary);
    tx.publish(commandChannel('guardians'), {
      type: 'assets_reviewed',
      priority: 'high',
      sourceAgentId: arbiterCode,
      requestId: campaign.id,
      causedBy: event.id,
      payload,
    });
    tx.publish(
      stateChannel,
      stageDraft(campaign.id, {
        stage,
        status: 'completed',
        progress: 1,
        agent_code: arbiterCode,
        message: summary,
        cost_usd: money(cost),
      }),
    );
  });
}

function reviewAsset(asset: Asset, campaign: Campaign, warBrief: WarBrief): AssetReview[] {
  return asset.variants.map((variant) => ({
    variantId: variant.id,
    review: reviewContent(contentOf(asset.channel, variant, warBrief, campaign.brief)),
  }));
}

async function storeReviews(
  parts: ProcessParts,
  query: Parameters<typeof finishTask>[0],
  campaign: Campaign,
  assetId: string,
  reviews: readonly AssetReview[],
  now: number,
): Promise<void> {
  const guardian = reviews[0]?.review.guardian ?? arbiterCode;
  await query
    .insertInto('asset_reviews')
    .values({
      id: parts.ids.next('rev'),
      workspace_id: campaign.workspaceId,
      campaign_id: campaign.id,
      asset_id: assetId,
      guardian_code: guardian,
      verdict: bestOf(reviews.map(({ review }) => review)),
      review_json: JSON.stringify(reviews),
      created_at: now,
    })
    .execute();
}

/** The verdict on an asset is that of its best variant: one that may be published is enough. */
function bestOf(reviews: readonly Review[]): Verdict {
  const verdicts = reviews.map((review) => review.verdict);
  if (verdicts.includes('PASSED')) return 'PASSED';
  return verdicts.includes('WARNING') ? 'WARNING' : verdictOf(reviews.flatMap((review) => review.findings));
}

function summaryOf(reviews: readonly AssetReview[]): string {
  const findings = reviews.flatMap(({ review }) => review.findings);
  return findings.length === 0
    ? 'nothing to remark.'
    : `${findings.length} remarks, such as: ${findings[0]?.message ?? ''}`;
}

function refOf(campaign: Campaign): StageRef {
  return { workspaceId: campaign.workspaceId, campaignId: campaign.id, stage };
}
