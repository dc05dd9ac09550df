import type { Difference } from './difference.ts';
import type { Verdict } from './run.ts';

/** Acknowledged events that a Redis with `appendfsync everysec` may lose when it is killed: those of the last two seconds. */
const lossMsMax = 2_000;
/** Differences that are shown in full. */
const shownMax = 20;

/** Splits differences into those that break a promise and those that `everysec` allows. */
function judge({ settings, findings, faults }: Verdict): {
  readonly broken: readonly Difference[];
  readonly lost: readonly Difference[];
} {
  const kills = faults.filter(({ fault }) => fault === 'redis_killed');
  const isAllowed = ({ at }: Difference): boolean =>
    settings.appendfsync === 'everysec' &&
    kills.some((kill) => at >= kill.at - lossMsMax && at <= kill.until);
  return {
    broken: findings.differences.filter((difference) => !isAllowed(difference)),
    lost: findings.differences.filter(isAllowed),
  };
}

/** What happened, for a reader. */
export function reportLines(verdict: Verdict): string[] {
  const { settings, findings, faults, failures, drainMs, folder } = verdict;
  const { engine, seconds, seed, appendfsync } = settings;
  const { broken, lost } = judge(verdict);
  const isWhole = broken.length === 0 && failures.length === 0;
  const command = `npm run chaos -- --engine ${engine} --seconds ${seconds} --seed ${seed}${appendfsync === 'everysec' ? ' --appendfsync everysec' : ''}`;
  return [
    '',
    `${engine}, ${seconds} s, seed ${seed}${engine === 'redis' ? `, appendfsync ${appendfsync}` : ''}`,
    `  faults         ${counted(faults.map(({ fault }) => fault.replaceAll('_', ' ')))}`,
    `  published      ${findings.acknowledged} acknowledged, ${findings.refused} refused or unknown`,
    `  handled        ${findings.handled} by groups, ${findings.retried} runs more than one each`,
    `  dead letters   ${tell(findings.letters)}; ${findings.discarded} of them discarded`,
    `  duplicates     ${findings.duplicates} handled again because the acknowledgement was lost with a fault`,
    `  fenced         ${findings.fenced} runs of processes that had lost their claim`,
    `  takeover       ${takeover(findings.takeoverMs)}`,
    `  drained in     ${(drainMs / 1_000).toFixed(1)} s`,
    ...(appendfsync === 'everysec'
      ? [
          `  lost           ${lost.length}, all acknowledged within ${lossMsMax / 1_000} s before a kill of Redis`,
        ]
      : []),
    ...failures.map((failure) => `  ${failure}`),
    ...broken.slice(0, shownMax).map(({ rule, text }) => `  ${rule.replaceAll('_', ' ')}: ${text}`),
    ...(broken.length > shownMax ? [`  … and ${broken.length - shownMax} more`] : []),
    isWhole
      ? `  acknowledged = handled ∪ dead-lettered ∪ expired ∪ discarded: 0 missing`
      : `  DOES NOT HOLD: ${counted(broken.map(({ rule }) => rule.replaceAll('_', ' ')))}; again: ${command}`,
    ...(settings.keep ? [`  the ledger is in ${folder}`] : []),
  ];
}

/** Whether everything held. */
export function holds(verdict: Verdict): boolean {
  return judge(verdict).broken.length === 0 && verdict.failures.length === 0;
}

function takeover(tookMs: readonly number[]): string {
  const slowest = tookMs.at(-1);
  if (slowest === undefined) return 'no handler died';
  const middle = tookMs[Math.floor(tookMs.length / 2)] ?? slowest;
  return `${tookMs.length} handlers died; begun again after ${Math.round(middle)} ms (median), ${Math.round(slowest)} ms (slowest)`;
}

function counted(words: readonly string[]): string {
  const counts: Record<string, number> = {};
  for (const word of words) counts[word] = (counts[word] ?? 0) + 1;
  return tell(counts);
}

function tell(counts: Readonly<Record<string, number>>): string {
  const parts = Object.entries(counts).map(([word, count]) => `${count} ${word.replaceAll('_', ' ')}`);
  return parts.join(', ') || 'none';
}
