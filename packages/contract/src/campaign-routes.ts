/** Routes of campaigns, their results and the bundled samples. */
import { z } from 'zod';

import { assetSchema } from './asset.ts';
import {
  briefSuggestionSchema,
  campaignBriefSchema,
  campaignCreatedSchema,
  campaignSchema,
  campaignStageSchema,
  campaignStatusSchema,
  campaignSummarySchema,
  sampleCampaignSchema,
} from './campaign.ts';
import { campaignEstimateSchema } from './campaign-estimate.ts';
import { identifierSchema, pageQuerySchema, pageSchema, workspaceQuerySchema } from './primitives.ts';
import { defineRoutes } from './route.ts';
import { warBriefSchema } from './war-brief.ts';

const params = z.strictObject({ campaign_id: identifierSchema });
const documentIdsSchema = z.array(identifierSchema).min(1).max(100);

/** Routes under `/api/v1/campaigns`. */
export const campaignRoutes = defineRoutes({
  approve: {
    method: 'POST',
    path: '/api/v1/campaigns/:campaign_id/approve',
    role: 'admin',
    tag: 'campaigns',
    summary: 'Approve the assets of a campaign that awaits approval; its package is made next.',
    params,
    body: z.strictObject({ note: z.string().max(2000).optional() }),
    response: campaignSchema,
  },
  assets: {
    method: 'GET',
    path: '/api/v1/campaigns/:campaign_id/assets',
    role: 'viewer',
    tag: 'campaigns',
    summary: "List a campaign's assets with variants, verdicts and debate, by channel.",
    params,
    query: pageQuerySchema,
    response: pageSchema(assetSchema),
  },
  create: {
    method: 'POST',
    path: '/api/v1/campaigns',
    role: 'member',
    tag: 'campaigns',
    summary: 'Start a campaign from a brief and stored documents.',
    body: z.strictObject({ brief: campaignBriefSchema, document_ids: documentIdsSchema }),
    response: campaignCreatedSchema,
    status: 202,
  },
  estimate: {
    method: 'POST',
    path: '/api/v1/campaigns/estimate',
    role: 'member',
    tag: 'campaigns',
    summary:
      'Say what a campaign may cost at most, before it starts, beside what is left of the month. Starts nothing.',
    body: z.strictObject({ brief: campaignBriefSchema, document_ids: documentIdsSchema }),
    response: campaignEstimateSchema,
  },
  get: {
    method: 'GET',
    path: '/api/v1/campaigns/:campaign_id',
    role: 'viewer',
    tag: 'campaigns',
    summary: 'Show a campaign: brief, stages, timings, cost.',
    params,
    response: campaignSchema,
  },
  list: {
    method: 'GET',
    path: '/api/v1/campaigns',
    role: 'viewer',
    tag: 'campaigns',
    summary: "List the workspace's campaigns, newest first.",
    query: pageQuerySchema.extend({ status: campaignStatusSchema.optional() }),
    response: pageSchema(campaignSummarySchema),
  },
  package: {
    method: 'GET',
    path: '/api/v1/campaigns/:campaign_id/package',
    role: 'viewer',
    tag: 'campaigns',
    summary: 'Download the finished package as Markdown or as one self-contained HTML file.',
    params,
    query: workspaceQuerySchema.extend({ format: z.enum(['markdown', 'html']).default('markdown') }),
    response: z.string(),
    format: 'text',
  },
  reject: {
    method: 'POST',
    path: '/api/v1/campaigns/:campaign_id/reject',
    role: 'admin',
    tag: 'campaigns',
    summary: 'Reject the assets of a campaign that awaits approval; no package is made.',
    params,
    body: z.strictObject({ note: z.string().trim().min(1).max(2000) }),
    response: campaignSchema,
  },
  runSample: {
    method: 'POST',
    path: '/api/v1/campaigns/samples/:name/run',
    role: 'member',
    tag: 'campaigns',
    summary: 'Store a bundled sample with its documents and start it.',
    params: z.strictObject({ name: z.string().regex(/^[a-z0-9]+(?:-[a-z0-9]+)*$/u) }),
    response: campaignCreatedSchema,
    status: 202,
  },
  samples: {
    method: 'GET',
    path: '/api/v1/campaigns/samples',
    role: 'viewer',
    tag: 'campaigns',
    summary: 'List the sample campaigns that ship with the program.',
    response: z.object({ items: z.array(sampleCampaignSchema) }),
  },
  stages: {
    method: 'GET',
    path: '/api/v1/campaigns/:campaign_id/stages',
    role: 'viewer',
    tag: 'campaigns',
    summary: "List a campaign's stages with their agents and progress, in order.",
    params,
    response: z.object({ items: z.array(campaignStageSchema) }),
  },
  suggestBrief: {
    method: 'POST',
    path: '/api/v1/campaigns/brief-suggestion',
    role: 'member',
    tag: 'campaigns',
    summary: 'Fill a brief from stored documents, each value with its quote; nothing is started or stored.',
    body: z.strictObject({ document_ids: documentIdsSchema }),
    response: briefSuggestionSchema,
  },
  warBrief: {
    method: 'GET',
    path: '/api/v1/campaigns/:campaign_id/war-brief',
    role: 'viewer',
    tag: 'campaigns',
    summary:
      'Show the war brief: fact table, cited sections, unanswered questions. Not found until it is written.',
    params,
    response: warBriefSchema,
  },
});
