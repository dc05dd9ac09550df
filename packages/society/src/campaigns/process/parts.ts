/** What the steps of a campaign share: their neighbours, the words of their events, and how a run asks a model. */
import type {
  Agents,
  Database,
  Documents,
  DocumentSource,
  Estimator,
  RunContext,
  RunModelRequest,
  Runs,
  StartRun,
} from '@raptorflow/runtime';
import type { BusEvent, EventDraft } from 'raptorflow/bus';
import { RaptorFlowError, type Clock, type Ids, type Logger } from 'raptorflow/kernel';
import type { AskModel, AskRequest, ModelMark } from '../../guilds/ask-model.ts';
import {
  guildChannel,
  type CampaignStageUpdate,
  type Guild,
  type LordCommand,
} from '../../topology/index.ts';
import type { Campaign } from '../store/campaign-store.ts';

/** What the process of campaigns works with. */
export interface ProcessParts {
  readonly db: Database;
  readonly runs: Runs;
  readonly documents: Documents;
  readonly agents: Agents;
  /** What the model calls of a campaign have cost so far, in micro-US-dollars. */
  readonly costOf: (workspaceId: string, campaignId: string) => Promise<number>;
  /** Which model the research works with at present. */
  readonly modelMark: (workspaceId: string) => Promise<ModelMark>;
  /** Says what questions to models may cost. */
  readonly estimator: Estimator;
  readonly clock: Clock;
  readonly ids: Ids;
  readonly logger: Logger;
}

/** The channel of what the dashboard shows live. */
export const stateChannel = 'sys.state.update';

/** How long an answer to a command may take, in seconds. */
const commandDeadlineSeconds = 300;

/** Micro-US-dollars as the wire writes them. */
export function money(microUsd: number): string {
  return `${Math.floor(microUsd / 1_000_000)}.${String(microUsd % 1_000_000).padStart(6, '0')}`;
}

/** A Lord's command about a campaign, as a draft for the guild's channel. */
export function commandDraft(
  campaign: Campaign,
  command: {
    readonly lord: string;
    readonly guild: Guild;
    readonly name: string;
    readonly agentCodes?: readonly string[];
    readonly cause?: string;
  },
): EventDraft<'lord_command', LordCommand> {
  const { brief } = campaign;
  return {
    type: 'lord_command',
    priority: 'high',
    sourceAgentId: command.lord,
    destinationGuild: command.guild,
    requestId: campaign.id,
    ...(command.cause === undefined ? {} : { causedBy: command.cause }),
    payload: {
      command: command.name,
      campaign_id: campaign.id,
      positioning: brief.positioning.slice(0, 4_000),
      personas: brief.personas.map(({ name, role, pains }) => ({ name, role, pains: [...pains] })),
      budget: brief.budgetUsd === null ? null : money(Math.round(brief.budgetUsd * 1_000_000)),
      timeline: { starts_on: campaign.createdAt.slice(0, 10), ends_on: brief.deadline },
      deadline: commandDeadlineSeconds,
      ...(command.agentCodes === undefined ? {} : { agent_codes: [...command.agentCodes] }),
    },
  };
}

/** The channel a guild is commanded on. */
export function commandChannel(guild: Guild): string {
  return guildChannel(guild);
}

/** A remark for the dashboard about a stage of a campaign. */
export function stageDraft(
  campaignId: string,
  update: Omit<CampaignStageUpdate, 'campaign_id'>,
): EventDraft<'campaign_stage', CampaignStageUpdate> {
  return { type: 'campaign_stage', requestId: campaignId, payload: { campaign_id: campaignId, ...update } };
}

/** The agent that works in a run, as far as its model calls need to know it. */
export interface WorkingAgent {
  readonly code: string;
  readonly systemPrompt: string;
  readonly model: string;
  readonly temperature: number;
}

/** Questions to models, asked through the steps of a run, so that an answer that came once is never paid for twice. */
export function askThrough(run: RunContext, agent: WorkingAgent): AskModel {
  return (step, request) => run.json(step, questionOf(agent, request), request.schema);
}

/** A question as an agent puts it to its model. */
export function questionOf(
  agent: WorkingAgent,
  request: Omit<AskRequest<unknown>, 'schema'>,
): RunModelRequest {
  return {
    model: agent.model,
    temperature: agent.temperature,
    messages: [
      { role: 'system', content: agent.systemPrompt },
      { role: 'user', content: request.instructions },
    ],
    sources: request.sources,
    ...(request.task === undefined ? {} : { task: request.task }),
  };
}

/** The documents of a campaign, in the brief's order. Throws `not_found` when one was deleted meanwhile. */
export function readDocuments(parts: ProcessParts, campaign: Campaign): Promise<DocumentSource[]> {
  return parts.documents.sources(campaign.workspaceId, campaign.documentIds);
}

/** Who does a piece of work, as far as money is concerned. */
interface Charged {
  readonly id: string;
  readonly name: string;
  readonly guild: string;
}

/** The prompt, model and status of an agent of the workspace. Undefined when it does not exist or is paused. */
export async function workingAgent(
  parts: ProcessParts,
  workspaceId: string,
  code: string,
): Promise<(WorkingAgent & Charged) | undefined> {
  const found = await parts.agents.list(workspaceId, { status: 'active' });
  const agent = found.find((candidate) => candidate.code === code);
  return (
    agent && {
      id: agent.id,
      name: agent.name,
      guild: agent.guild,
      code,
      systemPrompt: agent.systemPrompt,
      model: agent.modelAlias,
      temperature: agent.temperature,
    }
  );
}

/** Whom a run's calls are charged to, beside its campaign: the agent, its guild, and the budget that the event carries. */
export function chargedTo(
  agent: Charged | undefined,
  event: BusEvent,
): Pick<StartRun, 'agentId' | 'guild' | 'budgetId'> {
  return {
    ...(agent !== undefined && { agentId: agent.id, guild: agent.guild }),
    ...(event.budgetId !== null && { budgetId: event.budgetId }),
  };
}

/** Thrown when a run stopped halfway because the process stops: the event comes again and the run goes on. */
export function interrupted(runId: string): RaptorFlowError {
  return new RaptorFlowError(
    'unavailable',
    `The run ${runId} was interrupted; it resumes where it stopped.`,
    { retryable: true },
  );
}
