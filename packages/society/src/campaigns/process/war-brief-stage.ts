/** The war brief: the synthesis of all reports in a run of its own, then Cognition's brief, with every number checked against its quotes. */
import type { JsonValue } from '@raptorflow/runtime';
import type { BusEvent } from 'raptorflow/bus';
import {
  synthesise,
  synthesisCode,
  type ResearchReport,
  type Synthesis,
} from '../../guilds/research/index.ts';
import { cognitionCode } from '../../lords/codes.ts';
import type { LordCommand, WarBriefReady } from '../../topology/index.ts';
import { composeWarBrief } from '../cognition.ts';
import { assertNoInventedNumbers } from '../grounding.ts';
import { getCampaign, type Campaign } from '../store/campaign-store.ts';
import { beginStage, beginTask, finishTask, summariseStage, type StageRef } from '../store/progress.ts';
import type { CampaignTables } from '../store/tables.ts';
import type { WarBrief } from '../war-brief.ts';
import { failCampaign } from './failure.ts';
import {
  askThrough,
  commandChannel,
  interrupted,
  money,
  readDocuments,
  stageDraft,
  stateChannel,
  chargedTo,
  workingAgent,
  type ProcessParts,
} from './parts.ts';
import { workspaceOf } from './research.ts';

const stage = 'war_brief';

/** `write_war_brief`: synthesises, writes, checks and stores the brief, and tells Strategos. */
export async function writeWarBrief(
  parts: ProcessParts,
  event: BusEvent,
  command: LordCommand,
  signal: AbortSignal,
): Promise<void> {
  const workspaceId = workspaceOf(event);
  const query = parts.db.forWorkspace<CampaignTables>(workspaceId);
  const campaign = await getCampaign(query, command.campaign_id);
  const done = await query
    .selectFrom('war_briefs')
    .select('id')
    .where('campaign_id', '=', campaign.id)
    .executeTakeFirst();
  if (done) return;

  const agent = await workingAgent(parts, workspaceId, synthesisCode);
  const run = await parts.runs.start({
    workspaceId,
    runType: 'war_brief',
    key: `${campaign.id}:war_brief`,
    ...chargedTo(agent, event),
    campaignId: campaign.id,
    correlationId: event.requestId,
    causationId: event.id,
    input: { campaign_id: campaign.id },
  });
  await begin(parts, campaign, run.id);
  const [documents, reports, model] = await Promise.all([
    readDocuments(parts, campaign),
    readReports(parts, campaign),
    parts.modelMark(workspaceId),
  ]);
  const worker = agent ?? { code: synthesisCode, systemPrompt: '', model: 'research', temperature: 0 };
  const ended = await parts.runs.execute(
    { workspaceId, runId: run.id },
    async (context): Promise<JsonValue> => {
      const generatedAt = await context.decide('generated_at', () =>
        new Date(parts.clock.now()).toISOString(),
      );
      const synthesis: Synthesis = await synthesise(
        {
          brief: campaign.brief,
          documents,
          ask: askThrough(context, worker),
          model,
          signal: AbortSignal.any([context.signal, signal]),
        },
        reports,
      );
      const brief = composeWarBrief({
        campaignId: campaign.id,
        generatedAt,
        brief: campaign.brief,
        documents,
        synthesis,
        model,
      });
      assertNoInventedNumbers(brief);
      return JSON.parse(JSON.stringify(brief)) as JsonValue;
    },
  );
  if (ended.state.status === 'completed') {
    await store(parts, campaign, event, run.id, ended.state.output as unknown as WarBrief);
  } else if (ended.state.status === 'failed' || ended.state.status === 'cancelled') {
    await failCampaign(parts, campaign, stage, ended.state.error);
  } else {
    throw interrupted(run.id);
  }
}

async function begin(parts: ProcessParts, campaign: Campaign, runId: string): Promise<void> {
  await parts.db.transaction(campaign.workspaceId, async (tx) => {
    const query = tx.query<CampaignTables>();
    const now = parts.clock.now();
    if (!(await beginStage(query, refOf(campaign), [{ task: cognitionCode, agentCode: cognitionCode }], now)))
      return;
    await beginTask(query, refOf(campaign), cognitionCode, runId, now);
    tx.publish(
      stateChannel,
      stageDraft(campaign.id, {
        stage,
        status: 'running',
        progress: 0,
        agent_code: cognitionCode,
        run_id: runId,
        message: 'Cognition writes the war brief.',
        cost_usd: money(0),
      }),
    );
  });
}

/** The reports of all researchers, in the order of their codes, so that the brief is the same however fast each was. */
async function readReports(parts: ProcessParts, campaign: Campaign): Promise<ResearchReport[]> {
  const rows = await parts.db
    .forWorkspace<CampaignTables>(campaign.workspaceId)
    .selectFrom('research_findings')
    .select('report_json')
    .where('campaign_id', '=', campaign.id)
    .orderBy('agent_code')
    .execute();
  return rows.map((row) => JSON.parse(row.report_json) as ResearchReport);
}

async function store(
  parts: ProcessParts,
  campaign: Campaign,
  event: BusEvent,
  runId: string,
  brief: WarBrief,
): Promise<void> {
  const cost = await parts.costOf(campaign.workspaceId, campaign.id);
  await parts.db.transaction(campaign.workspaceId, async (tx) => {
    const query = tx.query<CampaignTables>();
    const now = parts.clock.now();
    const summary = `${brief.facts.length} facts, ${brief.citations.length} citations, ${brief.contradictions.length} contradictions, ${brief.unanswered.length} open questions.`;
    const finished = await finishTask(
      query,
      refOf(campaign),
      cognitionCode,
      { status: 'completed', summary },
      now,
    );
    if (!finished.changed) return;
    const id = parts.ids.next('wbr');
    await query
      .insertInto('war_briefs')
      .values({
        id,
        workspace_id: campaign.workspaceId,
        campaign_id: campaign.id,
        run_id: runId,
        content_json: JSON.stringify(brief),
        created_at: now,
      })
      .execute();
    await summariseStage(query, refOf(campaign), summary);
    const ready: WarBriefReady = {
      campaign_id: campaign.id,
      war_brief_id: id,
      facts: brief.facts.length,
      citations: brief.citations.length,
      contradictions: brief.contradictions.length,
      unanswered: brief.unanswered.length,
      confidence: brief.confidence.value,
    };
    tx.publish(commandChannel('research'), {
      type: 'war_brief_ready',
      priority: 'high',
      sourceAgentId: cognitionCode,
      requestId: campaign.id,
      causedBy: event.id,
      payload: ready,
    });
    tx.publish(
      stateChannel,
      stageDraft(campaign.id, {
        stage,
        status: 'completed',
        progress: 1,
        agent_code: cognitionCode,
        run_id: runId,
        message: summary,
        cost_usd: money(cost),
      }),
    );
  });
}

function refOf(campaign: Campaign): StageRef {
  return { workspaceId: campaign.workspaceId, campaignId: campaign.id, stage };
}
