import type { Verdict } from '../../guardians/index.ts';
import type { Speaker } from '../../guilds/research/index.ts';
import type { BudgetPlan } from '../budget-simulation.ts';
import type { PackagedRun } from './package-input.ts';

/** Who said it, as people read it: a name with its role, or the role alone. */
export function speakerName(speaker: Speaker): string {
  const { name, role, rating } = speaker;
  const who = name === null ? (role ?? 'unnamed') : role === null ? name : `${name}, ${role}`;
  return rating === null ? who : `${who} (${rating.value} of ${rating.outOf} stars)`;
}

/** Micro-dollars as dollars with six digits. */
export function dollars(microUsd: number): string {
  return (microUsd / 1_000_000).toFixed(6);
}

/** An amount with six digits as people read it: cents at least, more only where they say something. */
export function shortDollars(costUsd: string): string {
  return `$${costUsd.replace(/(\.\d\d\d*?)0+$/u, '$1')}`;
}

/** "3 facts", "1 fact". */
export function count(amount: number, one: string, many: string = `${one}s`): string {
  return `${amount.toLocaleString('en-US')} ${amount === 1 ? one : many}`;
}

/** A share as whole per cent. */
export function percent(share: number): string {
  return `${Math.round(share * 100)} %`;
}

/** A moment as people read it: day, hour and minute, UTC. */
export function moment(iso: string): string {
  return `${iso.slice(0, 10)} ${iso.slice(11, 16)} UTC`;
}

/** The part of a run's key that tells what it did. */
export function runName(run: PackagedRun, campaignId: string): string {
  if (run.key === null) return run.runType;
  const own = run.key.startsWith(`${campaignId}:`) ? run.key.slice(campaignId.length + 1) : run.key;
  return own.replaceAll(':', ' · ').replaceAll('_', ' ');
}

/** How long a run took, or a dash. */
export function runDuration(run: PackagedRun): string {
  if (run.startedAt === null || run.completedAt === null) return '–';
  const milliseconds = Math.max(0, Date.parse(run.completedAt) - Date.parse(run.startedAt));
  return milliseconds < 1_000 ? `${milliseconds} ms` : `${(milliseconds / 1_000).toFixed(1)} s`;
}

/** A verdict in words. */
export const verdictWords: Readonly<Record<Verdict, string>> = {
  PASSED: 'passed',
  WARNING: 'passed with warnings',
  REJECTED: 'rejected',
};

/** One row of the simulation's assumptions for people. */
export function assumptionRow(assumption: BudgetPlan['assumptions'][number]): {
  readonly cost: string;
  readonly response: string;
  readonly reach: string;
} {
  const { costPerVisit, response, weeklyReach } = assumption;
  const mean = response.alpha / (response.alpha + response.beta);
  const number = (value: number): string => Number(value.toFixed(2)).toLocaleString('en-US');
  return {
    cost: `log-normal, median $${costPerVisit.medianUsd.toFixed(2)}, σ ${costPerVisit.sigma}`,
    response: `beta(${number(response.alpha)}, ${number(response.beta)}), mean ${(mean * 100).toFixed(1)} %`,
    reach: `log-normal, median ${weeklyReach.median.toLocaleString('en-US')} a week, σ ${weeklyReach.sigma}`,
  };
}
