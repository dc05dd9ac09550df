/** What a campaign may cost, in the words of the wire. */
import type { CampaignEstimate as WireEstimate } from '@raptorflow/contract';
import { formatUsd, type WorkspaceStanding } from '@raptorflow/runtime';
import type { CampaignEstimate, StageEstimate } from '@raptorflow/society';

/** A campaign's bounds beside the month. */
export function estimateToWire(
  { model, stages }: CampaignEstimate,
  { capMicroUsd, spentMicroUsd, reservedMicroUsd, uncertainMicroUsd }: WorkspaceStanding,
): WireEstimate {
  const total = (of: 'questions' | 'callsMax' | 'firstMicroUsd' | 'mostMicroUsd'): number =>
    stages.reduce((sum, stage) => sum + stage[of], 0);
  const bounds = (of: Omit<StageEstimate, 'agents' | 'stage'>) => ({
    questions: of.questions,
    calls_max: of.callsMax,
    first_try_usd: formatUsd(of.firstMicroUsd),
    upper_bound_usd: formatUsd(of.mostMicroUsd),
  });
  const whole = {
    questions: total('questions'),
    callsMax: total('callsMax'),
    firstMicroUsd: total('firstMicroUsd'),
    mostMicroUsd: total('mostMicroUsd'),
  };
  const remaining = Math.max(0, capMicroUsd - spentMicroUsd - reservedMicroUsd - uncertainMicroUsd);
  return {
    model: model.label,
    offline: model.offline,
    ...bounds(whole),
    remaining_usd: formatUsd(remaining),
    fits: whole.mostMicroUsd <= remaining,
    note: noteOf(model.offline, whole.mostMicroUsd),
    stages: stages.map((stage) => ({ stage: stage.stage, agents: stage.agents, ...bounds(stage) })),
  };
}

function noteOf(isOffline: boolean, mostMicroUsd: number): string {
  if (mostMicroUsd === 0) return 'The offline model runs in this process: it costs nothing.';
  const mixed = isOffline
    ? ' Research is offline here; agents with a model of their own are counted at its price.'
    : '';
  return `An upper bound, not a guess: every byte of every prompt counted as a token, every answer as long as it may be. Campaigns usually cost a small part of it. A call that a crash makes necessary twice is not in it.${mixed}`;
}
