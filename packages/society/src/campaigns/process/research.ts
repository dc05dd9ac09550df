/** The research stage: one command becomes one for each researcher; each works in a run of its own and reports. */
import type { JsonValue } from '@raptorflow/runtime';
import type { BusEvent } from 'raptorflow/bus';
import { RaptorFlowError } from 'raptorflow/kernel';
import {
  countCitations,
  emptyReport,
  isWithoutSource,
  researchCodes,
  researcherByCode,
  type ResearchReport,
} from '../../guilds/research/index.ts';
import { cognitionCode } from '../../lords/codes.ts';
import type { LordCommand, ResearchComplete } from '../../topology/index.ts';
import { getCampaign, type Campaign } from '../store/campaign-store.ts';
import {
  beginStage,
  beginTask,
  finishTask,
  noteFirstFinding,
  summariseStage,
  taskStatus,
  type StageRef,
} from '../store/progress.ts';
import type { CampaignTables } from '../store/tables.ts';
import {
  askThrough,
  commandChannel,
  commandDraft,
  interrupted,
  money,
  readDocuments,
  stageDraft,
  stateChannel,
  chargedTo,
  workingAgent,
  type ProcessParts,
} from './parts.ts';
import { playScene, type Scene } from './scene.ts';

const stage = 'research';

/** `analyze_market`: calls every active researcher upon, each by a command of its own, in one transaction. */
export async function callResearchers(
  parts: ProcessParts,
  event: BusEvent,
  command: LordCommand,
): Promise<void> {
  const workspaceId = workspaceOf(event);
  const mark = await parts.modelMark(workspaceId);
  const active = await parts.agents.list(workspaceId, { status: 'active' });
  const called = researchCodes.filter((code) => active.some((agent) => agent.code === code));
  if (called.length === 0) {
    throw new RaptorFlowError(
      'conflict',
      'No researcher of this workspace is active; activate some on the page Agents, then redrive this command.',
    );
  }
  await parts.db.transaction(workspaceId, async (tx) => {
    const query = tx.query<CampaignTables>();
    const campaign = await getCampaign(query, command.campaign_id);
    const tasks = called.map((code) => ({ task: code, agentCode: code }));
    if (!(await beginStage(query, refOf(campaign), tasks, parts.clock.now()))) return;
    await query.updateTable('campaigns').set({ model: mark.label }).where('id', '=', campaign.id).execute();
    for (const code of called) {
      tx.publish(
        commandChannel('research'),
        commandDraft(campaign, {
          lord: cognitionCode,
          guild: 'research',
          name: 'research',
          agentCodes: [code],
          cause: event.id,
        }),
      );
    }
    tx.publish(
      stateChannel,
      stageDraft(campaign.id, {
        stage,
        status: 'running',
        progress: 0,
        message: `${called.length} researchers read ${campaign.documentIds.length} documents.`,
        cost_usd: money(0),
      }),
    );
  });
}

/** `research`: one researcher's run, its report, and the event that says so. The last one hands over to Cognition. */
export async function research(
  parts: ProcessParts,
  event: BusEvent,
  command: LordCommand,
  signal: AbortSignal,
): Promise<void> {
  const workspaceId = workspaceOf(event);
  const [code] = command.agent_codes ?? [];
  const researcher = code === undefined ? undefined : researcherByCode[code];
  if (code === undefined || !researcher) {
    throw new RaptorFlowError(
      'invalid_input',
      `There is no researcher ${code ?? '(none named)'} who can work from documents.`,
    );
  }
  const query = parts.db.forWorkspace<CampaignTables>(workspaceId);
  const campaign = await getCampaign(query, command.campaign_id);
  const ref = refOf(campaign);
  const status = await taskStatus(query, ref, code);
  if (status !== 'queued' && status !== 'running') return;

  const outcome = await executeResearch(parts, campaign, code, event, signal);
  await storeReport(parts, campaign, { event, code, ...outcome });
}

interface Outcome {
  readonly runId: string | null;
  readonly report: ResearchReport;
  /** Why there is no report, if there is none. */
  readonly failure: string | null;
}

async function executeResearch(
  parts: ProcessParts,
  campaign: Campaign,
  code: string,
  event: BusEvent,
  signal: AbortSignal,
): Promise<Outcome> {
  const { workspaceId } = campaign;
  const agent = await workingAgent(parts, workspaceId, code);
  if (!agent)
    return { runId: null, report: emptyReport(code), failure: `${code} was paused before it began.` };
  const run = await parts.runs.start({
    workspaceId,
    runType: 'research',
    key: `${campaign.id}:research:${code}`,
    ...chargedTo(agent, event),
    campaignId: campaign.id,
    correlationId: event.requestId,
    causationId: event.id,
    input: { campaign_id: campaign.id, agent_code: code, document_ids: [...campaign.documentIds] },
  });
  await parts.db.transaction(workspaceId, async (tx) => {
    await beginTask(tx.query<CampaignTables>(), refOf(campaign), code, run.id, parts.clock.now());
  });
  const documents = await readDocuments(parts, campaign);
  const model = await parts.modelMark(workspaceId);
  const researcher = researcherByCode[code];
  if (!researcher)
    return {
      runId: run.id,
      report: emptyReport(code),
      failure: `${code} has no work that documents can be used for.`,
    };
  const ended = await parts.runs.execute({ workspaceId, runId: run.id }, async (context) => {
    const report = await researcher({
      brief: campaign.brief,
      documents,
      ask: askThrough(context, agent),
      model,
      signal: AbortSignal.any([context.signal, signal]),
    });
    return toJson(report);
  });
  const { state } = ended;
  if (state.status === 'completed') return { runId: run.id, report: fromJson(state.output), failure: null };
  if (state.status === 'failed' || state.status === 'cancelled') {
    return { runId: run.id, report: emptyReport(code), failure: state.error.message };
  }
  throw interrupted(run.id);
}

/** A report as the journal keeps it. */
function toJson(report: ResearchReport): JsonValue {
  return JSON.parse(JSON.stringify(report)) as JsonValue;
}

function fromJson(value: JsonValue): ResearchReport {
  return value as unknown as ResearchReport;
}

interface ReportedWork extends Outcome {
  readonly event: BusEvent;
  readonly code: string;
}

async function storeReport(parts: ProcessParts, campaign: Campaign, done: ReportedWork): Promise<void> {
  const { report, code, failure, runId, event } = done;
  const findings = report.findings.length + report.facts.length + report.answers.length;
  const citations = countCitations(report);
  const summary = failure ?? summaryOf(report, findings, citations);
  const { workspaceId, id: campaignId } = campaign;
  await playScene(parts, { workspaceId, campaignId, stage, cause: event.id }, async (scene) => {
    const { query, ref, now } = scene;
    const status = failure === null ? 'completed' : 'failed';
    const finished = await finishTask(query, ref, code, { status, summary }, now);
    if (!finished.changed) return;
    await query
      .insertInto('research_findings')
      .values({
        workspace_id: workspaceId,
        campaign_id: campaignId,
        agent_code: code,
        run_id: runId,
        report_json: JSON.stringify(report),
        finding_count: findings,
        citation_count: citations,
        created_at: now,
      })
      .execute();
    if (findings > 0) await noteFirstFinding(query, campaignId, now);
    const payload = completion(scene, done, { findings, citations });
    scene.say(commandChannel('research'), {
      type: 'research_complete',
      sourceAgentId: code,
      destinationGuild: 'research',
      payload,
    });
    scene.tell({
      status: finished.stageCompleted ? 'completed' : 'running',
      progress: finished.done / Math.max(1, finished.total),
      agent_code: code,
      ...(runId === null ? {} : { run_id: runId }),
      message: summary,
    });
    if (finished.stageCompleted) await handToCognition(scene, finished.total, event.id);
  });
}

function completion(
  { campaign, costUsd }: Scene,
  { report, code, failure, runId }: ReportedWork,
  counts: { readonly findings: number; readonly citations: number },
): ResearchComplete {
  const status = isWithoutSource(report) ? 'partial' : 'success';
  return {
    campaign_id: campaign.id,
    agent_code: code,
    run_id: runId ?? 'none',
    status: failure === null ? status : 'error',
    ...counts,
    unanswered: report.unanswered.map((open) => open.question).slice(0, 200),
    needs_connectors: report.needsConnectors.map((need) => need.connector).slice(0, 50),
    cost_usd: costUsd,
  };
}

async function handToCognition(scene: Scene, reports: number, cause: string): Promise<void> {
  await summariseStage(scene.query, scene.ref, `${reports} researchers have reported.`);
  const command = commandDraft(scene.campaign, {
    lord: cognitionCode,
    guild: 'research',
    name: 'write_war_brief',
    agentCodes: [cognitionCode],
    cause,
  });
  scene.say(commandChannel('research'), command);
}

function summaryOf(report: ResearchReport, findings: number, citations: number): string {
  if (isWithoutSource(report)) {
    return `Needs a connector that this installation lacks: ${report.needsConnectors.map((need) => need.connector).join(', ')}.`;
  }
  const open = report.unanswered.length;
  return `${findings} findings with ${citations} citations${open === 0 ? '' : `, ${open} questions open`}.`;
}

function refOf(campaign: Campaign): StageRef {
  return { workspaceId: campaign.workspaceId, campaignId: campaign.id, stage };
}

/** The workspace of a command. A campaign without one is a bug of whoever published. */
export function workspaceOf(event: BusEvent): string {
  if (event.workspaceId !== null) return event.workspaceId;
  throw new RaptorFlowError(
    'invalid_input',
    `The event ${event.id} (${event.type}) names no workspace; commands belong to one.`,
  );
}
