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
import { beginStage, finishTask, summariseStage } from '../store/progress.ts';
import { readWarBrief, type AssetReview } from '../store/results.ts';
import type { CampaignTables } from '../store/tables.ts';
import type { WarBrief } from '../war-brief.ts';
import { commandChannel, type ProcessParts } from './parts.ts';
import { workspaceOf } from './research.ts';
import { playScene, type Scene } from './scene.ts';

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
  const ref = { workspaceId, campaignId: campaign.id, stage, cause: event.id } as const;
  await playScene(parts, ref, async (scene) => {
    const tasks = reviewed.map(({ channel, reviews }) => ({ task: channel, agentCode: guardianOf(reviews) }));
    if (!(await beginStage(scene.query, scene.ref, tasks, scene.now))) return;
    for (const asset of reviewed) await closeReview(parts, scene, asset);
    await handToArbiter(scene, reviewed);
  });
}

interface ReviewedAsset {
  readonly id: string;
  readonly channel: PlatformId;
  readonly reviews: readonly AssetReview[];
  readonly verdict: Verdict;
}

async function closeReview(parts: ProcessParts, scene: Scene, asset: ReviewedAsset): Promise<void> {
  const { query, ref, campaign, now } = scene;
  const { id, channel, reviews, verdict } = asset;
  await query
    .insertInto('asset_reviews')
    .values({
      id: parts.ids.next('rev'),
      workspace_id: campaign.workspaceId,
      campaign_id: campaign.id,
      asset_id: id,
      guardian_code: guardianOf(reviews),
      verdict,
      review_json: JSON.stringify(reviews),
      created_at: now,
    })
    .execute();
  await query
    .updateTable('assets')
    .set({ status: 'checked', verdict, updated_at: now })
    .where('id', '=', id)
    .execute();
  const summary = `${verdict}: ${summaryOf(reviews)}`;
  await finishTask(query, ref, channel, { status: 'completed', summary }, now);
  for (const { variantId, review } of reviews) {
    const payload: AssetReviewed = {
      campaign_id: campaign.id,
      asset_id: id,
      variant_id: variantId,
      guardian: review.guardian,
      verdict: review.verdict,
      findings: review.findings.length,
    };
    scene.say(commandChannel('guardians'), {
      type: 'asset_reviewed',
      sourceAgentId: review.guardian,
      payload,
    });
  }
}

async function handToArbiter(scene: Scene, reviewed: readonly ReviewedAsset[]): Promise<void> {
  const count = (wanted: Verdict): number => reviewed.filter(({ verdict }) => verdict === wanted).length;
  const payload: AssetsReviewed = {
    campaign_id: scene.campaign.id,
    passed: count('PASSED'),
    warnings: count('WARNING'),
    rejected: count('REJECTED'),
  };
  const summary = `${payload.passed} passed, ${payload.warnings} with warnings, ${payload.rejected} rejected.`;
  await summariseStage(scene.query, scene.ref, summary);
  scene.say(commandChannel('guardians'), {
    type: 'assets_reviewed',
    priority: 'high',
    sourceAgentId: arbiterCode,
    payload,
  });
  scene.tell({ status: 'completed', progress: 1, agent_code: arbiterCode, message: summary });
}

function guardianOf(reviews: readonly AssetReview[]): string {
  return reviews[0]?.review.guardian ?? arbiterCode;
}

function reviewAsset(asset: Asset, campaign: Campaign, warBrief: WarBrief): AssetReview[] {
  return asset.variants.map((variant) => ({
    variantId: variant.id,
    review: reviewContent(contentOf(asset.channel, variant, warBrief, campaign.brief)),
  }));
}

/** The verdict on an asset is that of its best variant: one that may be published is enough. */
function bestOf(reviews: readonly Review[]): Verdict {
  const verdicts = new Set(reviews.map((review) => review.verdict));
  if (verdicts.has('PASSED')) return 'PASSED';
  return verdicts.has('WARNING') ? 'WARNING' : verdictOf(reviews.flatMap((review) => review.findings));
}

function summaryOf(reviews: readonly AssetReview[]): string {
  const findings = reviews.flatMap(({ review }) => review.findings);
  return findings.length === 0
    ? 'nothing to remark.'
    : `${findings.length} remarks, such as: ${findings[0]?.message ?? ''}`;
}
