import type { SourceDocument } from '../evidence/index.ts';
import type { ModelMark } from '../guilds/ask-model.ts';
import type { Synthesis } from '../guilds/research/index.ts';
import type { CampaignBrief } from './brief.ts';

/** What Cognition writes the war brief from. */
export interface WarBriefInput {
  readonly campaignId: string;
  /** RFC 3339 UTC. */
  readonly generatedAt: string;
  readonly brief: CampaignBrief;
  readonly documents: readonly SourceDocument[];
  readonly synthesis: Synthesis;
  readonly model: ModelMark;
}
