/** What the stages of a campaign made, read back. */
import { RaptorFlowError } from 'raptorflow/kernel';
import type { Review, Verdict } from '../../guardians/index.ts';
import type { Asset } from '../../guilds/muse/index.ts';
import type { Quest } from '../quest.ts';
import type { WarBrief } from '../war-brief.ts';
import type { CampaignQuery } from './campaign-store.ts';

/** The war brief. Throws `not_found` until it is written. */
export async function readWarBrief(query: CampaignQuery, campaignId: string): Promise<WarBrief> {
  const row = await query
    .selectFrom('war_briefs')
    .select('content_json')
    .where('campaign_id', '=', campaignId)
    .executeTakeFirst();
  if (row) return parseWarBrief(row.content_json);
  throw new RaptorFlowError(
    'not_found',
    `The war brief of campaign ${campaignId.slice(0, 200)} is not written yet.`,
  );
}

/** The plan, or undefined until there is one. */
export async function findQuest(query: CampaignQuery, campaignId: string): Promise<Quest | undefined> {
  const row = await query
    .selectFrom('quests')
    .select('content_json')
    .where('campaign_id', '=', campaignId)
    .executeTakeFirst();
  return row && (JSON.parse(row.content_json) as Quest);
}

/** What the Guardians said about one variant. */
export interface AssetReview {
  readonly variantId: string;
  readonly review: Review;
}

/** A review as it was stored. */
export interface StoredReview extends AssetReview {
  /** RFC 3339. */
  readonly checkedAt: string;
}

/** An asset with what was said about it. Times are RFC 3339. */
export interface StoredAsset {
  readonly id: string;
  readonly asset: Asset;
  readonly status: 'draft' | 'checked' | 'approved' | 'rejected';
  readonly verdict: Verdict | null;
  readonly reviews: readonly StoredReview[];
  readonly runId: string | null;
  readonly createdAt: string;
  readonly updatedAt: string;
}

/** The assets of a campaign, by channel. */
export async function readAssets(query: CampaignQuery, campaignId: string): Promise<StoredAsset[]> {
  const [assets, reviews] = await Promise.all([
    query.selectFrom('assets').selectAll().where('campaign_id', '=', campaignId).orderBy('channel').execute(),
    query.selectFrom('asset_reviews').selectAll().where('campaign_id', '=', campaignId).execute(),
  ]);
  return assets.map((row) => ({
    id: row.id,
    asset: JSON.parse(row.content_json) as Asset,
    status: row.status as StoredAsset['status'],
    verdict: row.verdict as Verdict | null,
    reviews: reviews
      .filter((review) => review.asset_id === row.id)
      .flatMap((review) => {
        const checkedAt = new Date(review.created_at).toISOString();
        return (JSON.parse(review.review_json) as AssetReview[]).map((one) => ({ ...one, checkedAt }));
      }),
    runId: row.run_id,
    createdAt: new Date(row.created_at).toISOString(),
    updatedAt: new Date(row.updated_at).toISOString(),
  }));
}

/** The decision on a campaign's assets, or undefined. */
export async function findApproval(
  query: CampaignQuery,
  campaignId: string,
): Promise<
  { decision: 'approved' | 'rejected'; by: string; note: string | null; decidedAt: string } | undefined
> {
  const row = await query
    .selectFrom('approvals')
    .selectAll()
    .where('campaign_id', '=', campaignId)
    .executeTakeFirst();
  return (
    row && {
      decision: row.decision as 'approved' | 'rejected',
      by: row.decided_by,
      note: row.note,
      decidedAt: new Date(row.decided_at).toISOString(),
    }
  );
}

/** The package in one of its forms. Throws `not_found` until it is packed. */
export async function readPackage(
  query: CampaignQuery,
  campaignId: string,
  form: 'markdown' | 'html',
): Promise<string> {
  const row = await query
    .selectFrom('campaign_packages')
    .select(form)
    .where('campaign_id', '=', campaignId)
    .executeTakeFirst();
  const text = row?.[form];
  if (text !== undefined) return text;
  throw new RaptorFlowError(
    'not_found',
    `The campaign ${campaignId.slice(0, 200)} has no package yet; it is packed after the approval.`,
  );
}

/** Figures of a campaign for lists: how much was found, made and left open. */
export async function countResults(
  query: CampaignQuery,
  campaignId: string,
): Promise<{ findings: number; citations: number; unanswered: number; assets: number }> {
  const [reports, brief, assets] = await Promise.all([
    query
      .selectFrom('research_findings')
      .select((expression) => expression.fn.sum<number>('finding_count').as('findings'))
      .where('campaign_id', '=', campaignId)
      .executeTakeFirst(),
    query
      .selectFrom('war_briefs')
      .select('content_json')
      .where('campaign_id', '=', campaignId)
      .executeTakeFirst(),
    query
      .selectFrom('assets')
      .select((expression) => expression.fn.countAll<number>().as('assets'))
      .where('campaign_id', '=', campaignId)
      .executeTakeFirst(),
  ]);
  const written = brief && parseWarBrief(brief.content_json);
  return {
    findings: reports?.findings ?? 0,
    citations: written?.citations.length ?? 0,
    unanswered: written?.unanswered.length ?? 0,
    assets: assets?.assets ?? 0,
  };
}

// Briefs of earlier versions lack the voices that no cue could label.
function parseWarBrief(text: string): WarBrief {
  const brief = JSON.parse(text) as WarBrief & { readonly voices: Partial<WarBrief['voices']> };
  return { ...brief, voices: { ...brief.voices, others: brief.voices.others ?? [] } };
}
