/** Campaigns: from a brief and documents to a checked package. */
import { z } from 'zod';

import { citationSchema, documentMediaTypeSchema } from './document.ts';
import {
  countSchema,
  daySchema,
  identifierSchema,
  millisecondsSchema,
  moneySchema,
  timestampSchema,
} from './primitives.ts';

/** Channels that assets are written for and Guardians know the rules of. */
export const campaignChannels = [
  'blog',
  'email',
  'facebook',
  'instagram',
  'landing_page',
  'linkedin',
  'medium',
  'pinterest',
  'reddit',
  'threads',
  'tiktok',
  'x',
  'youtube',
] as const;

/** A channel's name. */
export const campaignChannelSchema = z.enum(campaignChannels);
export type CampaignChannel = z.infer<typeof campaignChannelSchema>;

const lineSchema = z.string().trim().min(1).max(500);

/** Somebody the campaign speaks to. */
const personaSchema = z.strictObject({
  name: z.string().trim().min(1).max(100),
  role: z.string().trim().max(300).default(''),
  pains: z.array(z.string().trim().min(1).max(300)).max(20).default([]),
});
export type Persona = z.output<typeof personaSchema>;

/** What the campaign is for. Name, product and positioning must be given; the research answers the rest or says that it could not. */
export const campaignBriefSchema = z
  .strictObject({
    name: z.string().trim().min(1).max(200),
    product: z.string().trim().min(1).max(200).meta({ description: 'The name of what is offered.' }),
    positioning: z
      .string()
      .trim()
      .min(1)
      .max(2000)
      .meta({ description: 'What it is and for whom, in plain words.' }),
    personas: z.array(personaSchema).max(20).default([]),
    competitors: z.array(z.string().trim().min(1).max(200)).max(20).default([]),
    goals: z.array(lineSchema).max(20).default([]),
    channels: z
      .array(campaignChannelSchema)
      .min(1)
      .max(campaignChannels.length)
      .default(['linkedin', 'email', 'blog']),
    questions: z
      .array(lineSchema)
      .max(50)
      .default([])
      .meta({ description: 'What the brief must answer, or say that it cannot.' }),
    budget_usd: moneySchema.optional().meta({ description: 'The marketing budget that the plan splits.' }),
    deadline: daySchema.optional().meta({ description: 'The day on which the campaign ends.' }),
    approval: z.enum(['manual', 'automatic']).default('manual'),
    language: z
      .string()
      .regex(/^[a-z]{2,3}(?:-[A-Za-z0-9]{2,8})*$/u)
      .default('en'),
  })
  .meta({ id: 'CampaignBrief' });
export type CampaignBrief = z.output<typeof campaignBriefSchema>;
export type CampaignBriefInput = z.input<typeof campaignBriefSchema>;

/** Where a campaign is. The last four are final. */
export const campaignStatusSchema = z.enum([
  'research_queued',
  'running',
  'awaiting_approval',
  'completed',
  'rejected',
  'failed',
  'cancelled',
]);
export type CampaignStatus = z.infer<typeof campaignStatusSchema>;

/** The stages, in order. */
export const campaignStageNames = [
  'research',
  'war_brief',
  'quest',
  'assets',
  'guardians',
  'approval',
  'package',
] as const;

/** A stage's name. */
export const campaignStageNameSchema = z.enum(campaignStageNames);
export type CampaignStageName = z.infer<typeof campaignStageNameSchema>;

/** What one agent does in a stage. */
export const stageAgentSchema = z.object({
  agent_id: identifierSchema.nullable(),
  code: z.string(),
  name: z.string(),
  status: z.enum(['queued', 'running', 'completed', 'failed']),
  run_id: identifierSchema.nullable(),
  summary: z.string().nullable(),
  started_at: timestampSchema.nullable(),
  finished_at: timestampSchema.nullable(),
});
export type StageAgent = z.infer<typeof stageAgentSchema>;

/** One stage. `progress` counts its units of work: agents, sections, assets, checks. */
export const campaignStageSchema = z
  .object({
    name: campaignStageNameSchema,
    status: z.enum(['pending', 'running', 'waiting', 'completed', 'failed', 'cancelled']),
    started_at: timestampSchema.nullable(),
    finished_at: timestampSchema.nullable(),
    duration_ms: millisecondsSchema.nullable(),
    progress: z.object({ done: countSchema, total: countSchema }),
    agents: z.array(stageAgentSchema),
    summary: z.string().nullable(),
    error: z.object({ code: z.string(), message: z.string() }).nullable(),
    cost_usd: moneySchema,
  })
  .meta({ id: 'CampaignStage' });
export type CampaignStage = z.infer<typeof campaignStageSchema>;

const summaryShape = {
  id: identifierSchema,
  workspace_id: identifierSchema,
  name: z.string(),
  status: campaignStatusSchema,
  current_stage: campaignStageNameSchema.nullable(),
  stages_done: countSchema,
  stages_total: countSchema,
  sample: z.string().nullable().meta({ description: 'The bundled sample it was started from, else null.' }),
  model: z.string().nullable().meta({ description: '"offline" when the offline engine did the work.' }),
  document_count: countSchema,
  cost_usd: moneySchema,
  created_at: timestampSchema,
  started_at: timestampSchema.nullable(),
  finished_at: timestampSchema.nullable(),
  duration_ms: millisecondsSchema.nullable(),
};

/** A campaign as lists show it. */
export const campaignSummarySchema = z.object(summaryShape).meta({ id: 'CampaignSummary' });
export type CampaignSummary = z.infer<typeof campaignSummarySchema>;

/** One thing to do. `owner` is the code of an agent, or "person" where only a person can. */
export const planMoveSchema = z.object({
  id: identifierSchema,
  name: z.string(),
  owner: z.string(),
  channel: z.string().nullable(),
  due_on: daySchema,
  citations: z.array(citationSchema),
});
export type PlanMove = z.infer<typeof planMoveSchema>;

/** One chapter of the plan that Strategos made. */
export const planChapterSchema = z.object({
  number: z.number().int().positive(),
  title: z.string(),
  purpose: z.string(),
  starts_on: daySchema,
  ends_on: daySchema,
  moves: z.array(planMoveSchema),
  success_criteria: z.array(z.string()),
  channels: z.array(z.string()),
});
export type PlanChapter = z.infer<typeof planChapterSchema>;

/** How the marketing budget is split, and what the simulation expects of it. Responses are quantiles over its runs. */
export const planBudgetSchema = z.object({
  total_usd: moneySchema,
  lines: z.array(
    z.object({
      channel: z.string(),
      budget_usd: moneySchema,
      responses: z.object({ p10: z.number(), p50: z.number(), p90: z.number() }),
    }),
  ),
  seed: z.number().int(),
  simulated_campaigns: countSchema,
  method: z.string(),
});
export type PlanBudget = z.infer<typeof planBudgetSchema>;

/** The plan, with the assumptions its figures rest on. */
export const campaignPlanSchema = z
  .object({
    title: z.string(),
    starts_on: daySchema,
    ends_on: daySchema,
    chapters: z.array(planChapterSchema),
    budget: planBudgetSchema.nullable().meta({ description: 'Null when the brief names no budget.' }),
    assumptions: z.array(z.string()),
    risks: z.array(z.string()),
  })
  .meta({ id: 'CampaignPlan' });
export type CampaignPlan = z.infer<typeof campaignPlanSchema>;

/** Who decided, and what. */
export const approvalSchema = z.object({
  decision: z.enum(['approved', 'rejected']),
  by: z
    .string()
    .meta({ description: 'The person\'s name, or "brief" when the brief approves automatically.' }),
  note: z.string().nullable(),
  decided_at: timestampSchema,
});
export type Approval = z.infer<typeof approvalSchema>;

/** A campaign whole. War brief and assets have their own routes. */
export const campaignSchema = z
  .object({
    ...summaryShape,
    brief: campaignBriefSchema,
    documents: z.array(z.object({ id: identifierSchema, title: z.string() })),
    stages: z.array(campaignStageSchema),
    plan: campaignPlanSchema.nullable(),
    approval: approvalSchema.nullable(),
    error: z.object({ code: z.string(), message: z.string() }).nullable(),
    first_finding_at: timestampSchema.nullable(),
    first_finding_ms: millisecondsSchema
      .nullable()
      .meta({ description: 'From creation to the first finding.' }),
    counts: z.object({
      events: countSchema
        .nullable()
        .meta({ description: 'As counted last. Null while the bus is away and none were counted before.' }),
      runs: countSchema,
      findings: countSchema,
      citations: countSchema,
      unanswered: countSchema,
      assets: countSchema,
    }),
    package_ready: z.boolean(),
  })
  .meta({ id: 'Campaign' });
export type Campaign = z.infer<typeof campaignSchema>;

/** What creating a campaign answers. */
export const campaignCreatedSchema = z
  .object({
    campaign_id: identifierSchema,
    event_id: identifierSchema.meta({ description: 'The lord_command that started it.' }),
    status: z.literal('research_queued'),
  })
  .meta({ id: 'CampaignCreated' });
export type CampaignCreated = z.infer<typeof campaignCreatedSchema>;

/** A campaign that ships with the program. */
export const sampleCampaignSchema = z
  .object({
    name: z.string(),
    title: z.string(),
    description: z.string(),
    brief: campaignBriefSchema,
    documents: z.array(
      z.object({ title: z.string(), media_type: documentMediaTypeSchema, size_bytes: countSchema }),
    ),
  })
  .meta({ id: 'SampleCampaign' });
export type SampleCampaign = z.infer<typeof sampleCampaignSchema>;

/** One value that the documents suggest for a field of the brief, with where it stands. */
export const briefFindingSchema = z.object({
  field: z.enum([
    'name',
    'product',
    'positioning',
    'personas',
    'competitors',
    'goals',
    'channels',
    'questions',
    'budget_usd',
    'deadline',
  ]),
  value: z.string(),
  citations: z.array(citationSchema),
});
export type BriefFinding = z.infer<typeof briefFindingSchema>;

/** A brief filled from documents: only what they say, and which fields they leave open. */
export const briefSuggestionSchema = z
  .object({
    model: z.string(),
    brief: campaignBriefSchema.partial(),
    findings: z.array(briefFindingSchema),
    unanswered: z.array(z.object({ field: z.string(), reason: z.string() })),
  })
  .meta({ id: 'BriefSuggestion' });
export type BriefSuggestion = z.infer<typeof briefSuggestionSchema>;
