/** Campaigns, their stages, plans and briefs in the words of the wire, and briefs back. */
import type {
  Approval,
  Campaign as WireCampaign,
  CampaignBrief as WireBrief,
  CampaignPlan,
  CampaignStage as WireStage,
  CampaignSummary,
  PlanChapter,
} from '@raptorflow/contract';
import { formatUsd, type Agent } from '@raptorflow/runtime';
import {
  automaticDecider,
  checkBrief,
  finalStatuses,
  type CampaignApproval,
  type CampaignBrief,
  type CampaignCounts,
  type CampaignOverview,
  type Quest,
  type Stage,
  type StageTask,
} from '@raptorflow/society';
import { briefToWire } from '../../campaign-folder.ts';
import { labelToWire } from './model-mark.ts';
import { durationOf } from './runs-wire.ts';
import type { Resolve } from './war-brief-wire.ts';

/** Agents of the workspace by code, as far as a stage names them. */
export type AgentsByCode = ReadonlyMap<string, Pick<Agent, 'id' | 'name'>>;

/** What a campaign's page shows beside its own row. */
export interface CampaignFacts {
  readonly agents: AgentsByCode;
  /** What each of its runs has cost, in micro-US-dollars. */
  readonly costOfRun: ReadonlyMap<string, number>;
  readonly counts: CampaignCounts;
  readonly events: number | null;
  /** Titles of the workspace's documents by id. */
  readonly titles: ReadonlyMap<string, string>;
  readonly plan: CampaignPlan | null;
  readonly approval: Approval | null;
}

/** A brief as it came in; throws `invalid_input` for what the society refuses. */
export function briefFromWire(brief: WireBrief): CampaignBrief {
  const { budget_usd: budget, deadline, ...fields } = brief;
  return checkBrief({
    ...fields,
    budget_usd: budget === undefined ? null : Number(budget),
    deadline: deadline ?? null,
    documents: [],
  });
}

/** A campaign as lists show it. */
export function campaignSummaryToWire({ campaign, stages, costMicroUsd }: CampaignOverview): CampaignSummary {
  return {
    id: campaign.id,
    workspace_id: campaign.workspaceId,
    name: campaign.name,
    status: campaign.status,
    current_stage: currentStage(campaign.status, stages),
    stages_done: stages.filter((stage) => stage.status === 'completed').length,
    stages_total: stages.length,
    sample: campaign.sample,
    model: campaign.model === null ? null : labelToWire(campaign.model),
    document_count: campaign.documentIds.length,
    cost_usd: formatUsd(costMicroUsd),
    created_at: campaign.createdAt,
    started_at: campaign.startedAt,
    finished_at: campaign.finishedAt,
    duration_ms: durationOf(campaign.createdAt, campaign.finishedAt),
  };
}

// The stage under way, the one that failed, or the one that comes next.
function currentStage(status: CampaignSummary['status'], stages: readonly Stage[]): Stage['name'] | null {
  const active = stages.find((stage) => ['running', 'waiting', 'failed'].includes(stage.status));
  const next = finalStatuses.includes(status)
    ? undefined
    : stages.find((stage) => stage.status === 'pending');
  return (active ?? next)?.name ?? null;
}

/** A campaign whole. */
export function campaignToWire(overview: CampaignOverview, facts: CampaignFacts): WireCampaign {
  const { campaign, stages } = overview;
  return {
    ...campaignSummaryToWire(overview),
    brief: wireBriefOf(campaign.brief),
    documents: campaign.documentIds.map((id) => ({ id, title: facts.titles.get(id) ?? 'deleted document' })),
    stages: stages.map((stage) => stageToWire(stage, facts)),
    plan: facts.plan,
    approval: facts.approval,
    error: campaign.error === null ? null : { ...campaign.error },
    first_finding_at: campaign.firstFindingAt,
    first_finding_ms: durationOf(campaign.createdAt, campaign.firstFindingAt),
    counts: {
      events: facts.events,
      runs: runIdsOf(stages).size,
      findings: facts.counts.findings,
      citations: facts.counts.citations,
      unanswered: facts.counts.unanswered,
      assets: facts.counts.assets,
    },
    package_ready: campaign.status === 'completed',
  };
}

// The society's brief has every default in its place; the wire's list types are mutable.
function wireBriefOf(brief: CampaignBrief): WireBrief {
  const { name, product, positioning, ...rest } = briefToWire(brief);
  const { personas = [], competitors = [], goals = [], questions = [], ...others } = rest;
  return {
    name,
    product,
    positioning,
    ...others,
    personas: personas.map((persona) => ({
      name: persona.name,
      role: persona.role ?? '',
      pains: persona.pains ?? [],
    })),
    competitors,
    goals,
    questions,
    channels: [...brief.channels],
    approval: brief.approval,
    language: brief.language,
  };
}

function runIdsOf(stages: readonly Stage[]): Set<string> {
  return new Set(stages.flatMap((stage) => stage.tasks.flatMap((task) => task.runId ?? [])));
}

/** A stage with the agents that work in it. */
export function stageToWire(stage: Stage, facts: Pick<CampaignFacts, 'agents' | 'costOfRun'>): WireStage {
  const runIds = runIdsOf([stage]);
  const cost = [...runIds].reduce((sum, id) => sum + (facts.costOfRun.get(id) ?? 0), 0);
  return {
    name: stage.name,
    status: stage.status,
    started_at: stage.startedAt,
    finished_at: stage.finishedAt,
    duration_ms: durationOf(stage.startedAt, stage.finishedAt),
    progress: { done: stage.done, total: stage.total },
    agents: stage.tasks.map((task) => stageAgentToWire(task, facts.agents)),
    summary: stage.summary,
    error: stage.error === null ? null : { ...stage.error },
    cost_usd: formatUsd(cost),
  };
}

function stageAgentToWire(task: StageTask, agents: AgentsByCode): WireStage['agents'][number] {
  const agent = agents.get(task.agentCode);
  return {
    agent_id: agent?.id ?? null,
    code: task.agentCode,
    name: agent?.name ?? task.agentCode,
    status: task.status,
    run_id: task.runId,
    summary: task.summary,
    started_at: task.startedAt,
    finished_at: task.finishedAt,
  };
}

/** The plan; `resolve` looks up the passages of the war brief that its moves rest on. */
export function planToWire(quest: Quest, resolve: Resolve): CampaignPlan {
  return {
    title: quest.title,
    starts_on: quest.period.startsOn,
    ends_on: quest.period.endsOn,
    chapters: quest.chapters.map((chapter) => chapterToWire(chapter, resolve)),
    budget:
      quest.budget === null
        ? null
        : {
            total_usd: usd(quest.budget.totalUsd),
            lines: quest.budget.lines.map((line) => ({
              channel: line.channel,
              budget_usd: usd(line.usd),
              responses: { ...line.responses },
            })),
            seed: quest.budget.seed,
            simulated_campaigns: quest.budget.runs,
            method: quest.budget.method,
          },
    assumptions: [...quest.assumptions],
    risks: quest.risks.map((risk) => `${risk.risk} ${risk.response}`),
  };
}

function chapterToWire(chapter: Quest['chapters'][number], resolve: Resolve): PlanChapter {
  return {
    number: chapter.number,
    title: chapter.name,
    purpose: chapter.purpose,
    starts_on: chapter.period.startsOn,
    ends_on: chapter.period.endsOn,
    moves: chapter.moves.map((move) => ({
      id: move.id,
      name: move.name,
      owner: move.owner,
      channel: move.channel,
      due_on: move.dueOn,
      citations: resolve(move.basis.flatMap((sentence) => sentence.citations)),
    })),
    success_criteria: [...chapter.successCriteria],
    channels: [...new Set(chapter.moves.flatMap((move) => move.channel ?? []))],
  };
}

const usd = (dollars: number): string => formatUsd(Math.round(dollars * 1_000_000));

/** Who decided; `name` is the person's, unused when the brief decided. */
export function approvalToWire(approval: CampaignApproval, name: string): Approval {
  return {
    decision: approval.decision,
    by: approval.by === automaticDecider ? 'brief' : name,
    note: approval.note,
    decided_at: approval.decidedAt,
  };
}
