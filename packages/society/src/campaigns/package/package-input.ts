import type { SourceDocument } from '../../evidence/index.ts';
import type { Review } from '../../guardians/index.ts';
import type { ModelMark } from '../../guilds/ask-model.ts';
import type { Asset } from '../../guilds/muse/index.ts';
import type { CampaignBrief } from '../brief.ts';
import type { Quest } from '../quest.ts';
import type { WarBrief } from '../war-brief.ts';

/** An asset with the guardians' review of each variant. */
export interface PackagedAsset {
  readonly asset: Asset;
  readonly reviews: readonly { readonly variantId: string; readonly review: Review }[];
}

/** A run as the bill shows it. */
export interface PackagedRun {
  readonly id: string;
  readonly runType: string;
  /** What makes it the only one of its kind, for example `cmp_1:research:RES-001`. */
  readonly key: string | null;
  readonly state: { readonly status: string };
  readonly costMicroUsd: number;
  readonly inputTokens: number;
  readonly outputTokens: number;
  readonly startedAt: string | null;
  readonly completedAt: string | null;
}

/** Everything a package is made of. */
export interface PackageInput {
  readonly campaign: { readonly id: string; readonly createdAt: string };
  readonly brief: CampaignBrief;
  readonly warBrief: WarBrief;
  readonly quest: Quest | null;
  readonly assets: readonly PackagedAsset[];
  readonly documents: readonly SourceDocument[];
  readonly runs: readonly PackagedRun[];
  readonly model: ModelMark;
  /** US dollars with six digits after the point. */
  readonly costUsd: string;
  /** RFC 3339 UTC. */
  readonly packedAt: string;
}

/** A package as two files. */
export interface RenderedPackage {
  readonly markdown: string;
  /** One file: no script, nothing fetched. */
  readonly html: string;
}
