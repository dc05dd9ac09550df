/**
 * What a campaign may cost, before it starts. The stages' own code is run against a model that answers nothing and writes down what it
 * is asked, so that what is counted here is what will be asked there.
 */
import type { Agents, Documents, Estimator, QuestionEstimate } from '@raptorflow/runtime';
import { RaptorFlowError } from 'raptorflow/kernel';
import type { AskModel, AskRequest, ModelMark } from '../guilds/ask-model.ts';
import { createAsset, statementBytesMax } from '../guilds/muse/index.ts';
import { researchCodes, researcherByCode, synthesise, synthesisCode } from '../guilds/research/index.ts';
import { aestheteCode } from '../lords/codes.ts';
import type { CampaignBrief } from './brief.ts';
import { composeWarBrief } from './cognition.ts';
import { questionOf, type WorkingAgent } from './process/parts.ts';
import { museByChannel } from './quest.ts';

/** What is estimated. */
export interface PlannedCampaign {
  readonly workspaceId: string;
  readonly brief: CampaignBrief;
  readonly documentIds: readonly string[];
}

/** One stage that asks models. */
export interface StageEstimate {
  readonly stage: 'research' | 'war_brief' | 'assets';
  readonly agents: number;
  /** Questions that it asks at most. */
  readonly questions: number;
  /** Requests at most, with repairs and retries. */
  readonly callsMax: number;
  /** The worst case when every first answer is good. */
  readonly firstMicroUsd: number;
  /** The worst case of all: every answer repaired, every attempt billed in full. */
  readonly mostMicroUsd: number;
}

/** A campaign's bounds. The other stages (quest, guardians, approval, package) are rules and ask no model. */
export interface CampaignEstimate {
  readonly model: ModelMark;
  readonly stages: readonly StageEstimate[];
}

/** What it is estimated with. */
export interface EstimateDeps {
  readonly documents: Pick<Documents, 'sources'>;
  readonly agents: Pick<Agents, 'list'>;
  readonly modelMark: (workspaceId: string) => Promise<ModelMark>;
  readonly estimator: Estimator;
}

interface Question {
  readonly agent: WorkingAgent;
  readonly request: AskRequest<unknown>;
}

// A panel that is never content, reasons as long as an answer may be, and drafts of the same length: every debate takes all its rounds.
const longText = 'word '.repeat(800);
const nothing = {
  topics: [],
  facts: [],
  contradictions: [],
  voices: [],
  answers: [],
  terms: [],
  score: 1,
  reasons: Array.from({ length: 10 }, () => longText.slice(0, 400)),
  blocks: [{ role: 'gap', text: longText, citations: [] }],
};

/** Bounds of a campaign. Throws `not_found` for a missing document, and what a model without price or configuration throws. */
export async function estimateCampaign(
  planned: PlannedCampaign,
  deps: EstimateDeps,
): Promise<CampaignEstimate> {
  const { workspaceId, brief } = planned;
  const [documents, active, model] = await Promise.all([
    deps.documents.sources(workspaceId, [...new Set(planned.documentIds)]),
    deps.agents.list(workspaceId, { status: 'active' }),
    deps.modelMark(workspaceId),
  ]);
  const agentBy = (code: string): WorkingAgent | undefined => {
    const agent = active.find((candidate) => candidate.code === code);
    return (
      agent && {
        code,
        systemPrompt: agent.systemPrompt,
        model: agent.modelAlias,
        temperature: agent.temperature,
      }
    );
  };
  const signal = new AbortController().signal;
  const context = (ask: AskModel) => ({ brief, documents, ask, model, signal });

  const research: Question[] = [];
  const researchers = researchCodes.flatMap((code) => agentBy(code) ?? []);
  for (const agent of researchers) {
    await researcherByCode[agent.code]?.(context(writingDown(agent, research)));
  }
  const cognition: Question[] = [];
  const synthesist = agentBy(synthesisCode) ?? withoutPrompt(synthesisCode, 'research');
  const synthesis = await synthesise(context(writingDown(synthesist, cognition)), []);
  const warBrief = composeWarBrief({
    campaignId: 'estimate',
    generatedAt: new Date(0).toISOString(),
    brief,
    documents,
    synthesis,
    model,
  });
  const assets: Question[] = [];
  const prompts = new Map(active.map((agent) => [agent.code, agent.systemPrompt]));
  for (const channel of brief.channels) {
    const code = museByChannel[channel];
    const muse = agentBy(code) ?? agentBy(aestheteCode) ?? withoutPrompt(code, 'standard');
    await createAsset(channel, { ...context(writingDown(muse, assets)), warBrief, prompts });
  }
  const sum = (stage: StageEstimate['stage'], agents: number, questions: readonly Question[]) =>
    sumOf(stage, agents, workspaceId, questions, deps.estimator);
  return {
    model,
    stages: await Promise.all([
      sum('research', researchers.length, research),
      sum('war_brief', 1, cognition),
      sum('assets', brief.channels.length, assets),
    ]),
  };
}

const withoutPrompt = (code: string, model: string): WorkingAgent => ({
  code,
  systemPrompt: '',
  model,
  temperature: 0,
});

function writingDown(agent: WorkingAgent, questions: Question[]): AskModel {
  return async (step, request) => {
    // The statements that a draft may use are not there yet; it is given as many as it may have.
    const instructions = step.endsWith(':draft')
      ? request.instructions + 'x'.repeat(statementBytesMax)
      : request.instructions;
    questions.push({ agent, request: { ...request, instructions } });
    const answer = request.schema.safeParse(nothing);
    if (answer.success) return answer.data;
    throw new RaptorFlowError(
      'internal',
      `The step ${step} asks for a form that the estimate does not know.`,
    );
  };
}

async function sumOf(
  stage: StageEstimate['stage'],
  agents: number,
  workspaceId: string,
  questions: readonly Question[],
  estimator: Estimator,
): Promise<StageEstimate> {
  const told: QuestionEstimate[] = [];
  for (const { agent, request } of questions) {
    told.push(await estimator.json({ workspaceId, ...questionOf(agent, request) }, request.schema));
  }
  const total = (of: 'callsMax' | 'firstMicroUsd' | 'mostMicroUsd'): number =>
    told.reduce((sum, one) => sum + one[of], 0);
  return {
    stage,
    agents,
    questions: questions.length,
    callsMax: total('callsMax'),
    firstMicroUsd: total('firstMicroUsd'),
    mostMicroUsd: total('mostMicroUsd'),
  };
}
