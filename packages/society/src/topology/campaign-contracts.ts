import { defineContract, type Contract } from 'raptorflow/bus';
import { z } from 'zod';

const id = z.string().min(1).max(200);
const code = z.string().regex(/^[A-Z]{2,6}-[A-Z0-9]{2,6}$/u, 'must look like "RES-001"');
const text = z.string().max(4_000);
const day = z.iso.date();
/** US dollars with six digits after the point. */
const money = z.string().regex(/^\d{1,12}\.\d{6}$/u, 'must look like "12.500000"');
const count = z.int().nonnegative();

/** The stages of a campaign, in order. */
export const campaignStages: readonly [
  'research',
  'war_brief',
  'quest',
  'assets',
  'guardians',
  'approval',
  'package',
] = ['research', 'war_brief', 'quest', 'assets', 'guardians', 'approval', 'package'];

/** One of the stages. */
export type CampaignStage = (typeof campaignStages)[number];

/** How far a stage, or one agent's part of it, has come. */
export type StageStatus = 'pending' | 'running' | 'waiting' | 'completed' | 'failed' | 'cancelled';

const stage = z.enum(campaignStages);
const stageStatus = z.enum(['pending', 'running', 'waiting', 'completed', 'failed', 'cancelled']);

/** What a Lord orders. `deadline` is in seconds: how long the answer may take. */
export interface LordCommand {
  command: string;
  campaign_id: string;
  positioning: string;
  personas: { name: string; role: string; pains: string[] }[];
  budget: string | null;
  timeline: { starts_on: string; ends_on: string | null };
  deadline: number;
  /** The agents called upon; all of the guild when absent. */
  agent_codes?: string[] | undefined;
  /** The documents to work from; all of the campaign when absent. */
  document_ids?: string[] | undefined;
}

/** `lord_command`: a Lord orders a guild; the route follows the event's destination guild. */
export const lordCommand: Contract<'lord_command', 1, z.ZodType<LordCommand>> = defineContract(
  'lord_command',
  1,
  z.object({
    command: z
      .string()
      .regex(/^[a-z][a-z0-9_]{1,63}$/u, 'must be a snake_case verb phrase such as "analyze_market"'),
    campaign_id: id,
    positioning: text,
    personas: z.array(z.object({ name: text, role: text, pains: z.array(text).max(50) })).max(50),
    budget: money.nullable(),
    timeline: z.object({ starts_on: day, ends_on: day.nullable() }),
    deadline: z.int().positive().max(86_400),
    agent_codes: z.array(code).max(200).optional(),
    document_ids: z.array(id).max(500).optional(),
  }),
);

/** One researcher has finished. The report itself is stored; the event carries its figures. */
export interface ResearchComplete {
  campaign_id: string;
  agent_code: string;
  run_id: string;
  status: 'success' | 'partial' | 'error';
  findings: number;
  citations: number;
  unanswered: string[];
  /** Connectors that this agent lacks. */
  needs_connectors: string[];
  cost_usd: string;
}

/** `research_complete`. */
export const researchComplete: Contract<'research_complete', 1, z.ZodType<ResearchComplete>> = defineContract(
  'research_complete',
  1,
  z.object({
    campaign_id: id,
    agent_code: code,
    run_id: id,
    status: z.enum(['success', 'partial', 'error']),
    findings: count,
    citations: count,
    unanswered: z.array(text).max(200),
    needs_connectors: z.array(id).max(50),
    cost_usd: money,
  }),
);

/** Cognition has written the war brief. */
export interface WarBriefReady {
  campaign_id: string;
  war_brief_id: string;
  facts: number;
  citations: number;
  contradictions: number;
  unanswered: number;
  confidence: number;
}

/** `war_brief_ready`. */
export const warBriefReady: Contract<'war_brief_ready', 1, z.ZodType<WarBriefReady>> = defineContract(
  'war_brief_ready',
  1,
  z.object({
    campaign_id: id,
    war_brief_id: id,
    facts: count,
    citations: count,
    contradictions: count,
    unanswered: count,
    confidence: z.number().min(0).max(1),
  }),
);

/** Strategos has planned. */
export interface QuestReady {
  campaign_id: string;
  quest_id: string;
  chapters: number;
  moves: number;
  ends_on: string | null;
}

/** `quest_ready`. */
export const questReady: Contract<'quest_ready', 1, z.ZodType<QuestReady>> = defineContract(
  'quest_ready',
  1,
  z.object({ campaign_id: id, quest_id: id, chapters: count, moves: count, ends_on: day.nullable() }),
);

/** A muse has made an asset; the event's subtype is its channel, for example `asset_generated:email`. */
export interface AssetGenerated {
  campaign_id: string;
  asset_id: string;
  agent_code: string;
  channel: string;
  variants: number;
  rounds: number;
  gaps: number;
}

/** `asset_generated`. */
export const assetGenerated: Contract<'asset_generated', 1, z.ZodType<AssetGenerated>> = defineContract(
  'asset_generated',
  1,
  z.object({
    campaign_id: id,
    asset_id: id,
    agent_code: code,
    channel: id,
    variants: count,
    rounds: count.max(3),
    gaps: count,
  }),
);

const verdict = z.enum(['PASSED', 'WARNING', 'REJECTED']);

/** The guardians have judged one variant. */
export interface AssetReviewed {
  campaign_id: string;
  asset_id: string;
  variant_id: string;
  guardian: string;
  verdict: 'PASSED' | 'WARNING' | 'REJECTED';
  findings: number;
}

/** `asset_reviewed`. */
export const assetReviewed: Contract<'asset_reviewed', 1, z.ZodType<AssetReviewed>> = defineContract(
  'asset_reviewed',
  1,
  z.object({ campaign_id: id, asset_id: id, variant_id: id, guardian: code, verdict, findings: count }),
);

/** The guardians have judged every asset of a campaign. */
export interface AssetsReviewed {
  campaign_id: string;
  passed: number;
  warnings: number;
  rejected: number;
}

/** `assets_reviewed`. */
export const assetsReviewed: Contract<'assets_reviewed', 1, z.ZodType<AssetsReviewed>> = defineContract(
  'assets_reviewed',
  1,
  z.object({ campaign_id: id, passed: count, warnings: count, rejected: count }),
);

/** A campaign exists. */
export interface CampaignCreated {
  campaign_id: string;
  name: string;
  product: string;
  channels: string[];
  documents: number;
}

/** `campaign_created`. */
export const campaignCreated: Contract<'campaign_created', 1, z.ZodType<CampaignCreated>> = defineContract(
  'campaign_created',
  1,
  z.object({ campaign_id: id, name: text, product: text, channels: z.array(id).max(50), documents: count }),
);

/** A stage, or one agent's part of it, has moved on. */
export interface CampaignStageUpdate {
  campaign_id: string;
  stage: CampaignStage;
  status: StageStatus;
  /** 0 to 1 within the stage. */
  progress: number;
  agent_code?: string | undefined;
  run_id?: string | undefined;
  /** One sentence for people. */
  message?: string | undefined;
  /** Spent by the campaign so far. */
  cost_usd: string;
}

/** `campaign_stage`. */
export const campaignStage: Contract<'campaign_stage', 1, z.ZodType<CampaignStageUpdate>> = defineContract(
  'campaign_stage',
  1,
  z.object({
    campaign_id: id,
    stage,
    status: stageStatus,
    progress: z.number().min(0).max(1),
    agent_code: code.optional(),
    run_id: id.optional(),
    message: text.optional(),
    cost_usd: money,
  }),
);

/** A campaign has ended. */
export interface CampaignCompleted {
  campaign_id: string;
  status: 'completed' | 'failed' | 'cancelled';
  duration_ms: number;
  cost_usd: string;
  assets: number;
  citations: number;
  error?: string | undefined;
}

/** `campaign_completed`. */
export const campaignCompleted: Contract<
  'campaign_completed',
  1,
  z.ZodType<CampaignCompleted>
> = defineContract(
  'campaign_completed',
  1,
  z.object({
    campaign_id: id,
    status: z.enum(['completed', 'failed', 'cancelled']),
    duration_ms: z.number().nonnegative(),
    cost_usd: money,
    assets: count,
    citations: count,
    error: text.optional(),
  }),
);
