/** The plan: Strategos composes the quest from the war brief, in a run of its own. */
import type { JsonValue } from '@raptorflow/runtime';
import type { BusEvent } from 'raptorflow/bus';
import { strategosCode } from '../../lords/codes.ts';
import type { QuestReady, WarBriefReady } from '../../topology/index.ts';
import { composeQuest, type Quest } from '../quest.ts';
import { getCampaign, type Campaign } from '../store/campaign-store.ts';
import { beginStage, beginTask, finishTask, summariseStage, type StageRef } from '../store/progress.ts';
import { readWarBrief } from '../store/results.ts';
import type { CampaignTables } from '../store/tables.ts';
import { failCampaign } from './failure.ts';
import {
  commandChannel,
  interrupted,
  money,
  stageDraft,
  stateChannel,
  chargedTo,
  workingAgent,
  type ProcessParts,
} from './parts.ts';
import { workspaceOf } from './research.ts';

const stage = 'quest';

/** `war_brief_ready`: plans, stores the plan, and tells Aesthete. */
export async function planQuest(parts: ProcessParts, event: BusEvent, ready: WarBriefReady): Promise<void> {
  const workspaceId = workspaceOf(event);
  const query = parts.db.forWorkspace<CampaignTables>(workspaceId);
  const campaign = await getCampaign(query, ready.campaign_id);
  const done = await query
    .selectFrom('quests')
    .select('id')
    .where('campaign_id', '=', campaign.id)
    .executeTakeFirst();
  if (done) return;
  const warBrief = await readWarBrief(query, campaign.id);
  const agent = await workingAgent(parts, workspaceId, strategosCode);
  const run = await parts.runs.start({
    workspaceId,
    runType: 'quest',
    key: `${campaign.id}:quest`,
    ...chargedTo(agent, event),
    campaignId: campaign.id,
    correlationId: event.requestId,
    causationId: event.id,
    input: { campaign_id: campaign.id, war_brief_id: ready.war_brief_id },
  });
  await begin(parts, campaign, run.id);
  const ended = await parts.runs.execute(
    { workspaceId, runId: run.id },
    async (context): Promise<JsonValue> => {
      const generatedAt = await context.decide('generated_at', () =>
        new Date(parts.clock.now()).toISOString(),
      );
      const quest = composeQuest({ brief: campaign.brief, warBrief, campaignId: campaign.id, generatedAt });
      return JSON.parse(JSON.stringify(quest)) as JsonValue;
    },
  );
  if (ended.state.status === 'completed') {
    await store(parts, campaign, event, run.id, ended.state.output as unknown as Quest);
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
    if (!(await beginStage(query, refOf(campaign), [{ task: strategosCode, agentCode: strategosCode }], now)))
      return;
    await beginTask(query, refOf(campaign), strategosCode, runId, now);
  });
}

async function store(
  parts: ProcessParts,
  campaign: Campaign,
  event: BusEvent,
  runId: string,
  quest: Quest,
): Promise<void> {
  const cost = await parts.costOf(campaign.workspaceId, campaign.id);
  await parts.db.transaction(campaign.workspaceId, async (tx) => {
    const query = tx.query<CampaignTables>();
    const now = parts.clock.now();
    const moves = quest.chapters.reduce((sum, chapter) => sum + chapter.moves.length, 0);
    const summary = `${quest.chapters.length} chapters with ${moves} moves, ${quest.period.startsOn} to ${quest.period.endsOn}.`;
    const finished = await finishTask(
      query,
      refOf(campaign),
      strategosCode,
      { status: 'completed', summary },
      now,
    );
    if (!finished.changed) return;
    const id = parts.ids.next('qst');
    await query
      .insertInto('quests')
      .values({
        id,
        workspace_id: campaign.workspaceId,
        campaign_id: campaign.id,
        run_id: runId,
        content_json: JSON.stringify(quest),
        created_at: now,
      })
      .execute();
    await summariseStage(query, refOf(campaign), summary);
    const questReady: QuestReady = {
      campaign_id: campaign.id,
      quest_id: id,
      chapters: quest.chapters.length,
      moves,
      ends_on: campaign.brief.deadline,
    };
    tx.publish(commandChannel('muse'), {
      type: 'quest_ready',
      priority: 'high',
      sourceAgentId: strategosCode,
      requestId: campaign.id,
      causedBy: event.id,
      payload: questReady,
    });
    tx.publish(
      stateChannel,
      stageDraft(campaign.id, {
        stage,
        status: 'completed',
        progress: 1,
        agent_code: strategosCode,
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
