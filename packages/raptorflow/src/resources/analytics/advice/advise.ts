import { formatDuration } from '../../../kernel/index.ts';
import type { PatternEvidence, UsagePattern } from '../patterns/pattern.ts';
import type { UsageProfile } from '../profile.ts';
import type { UsageSeries } from '../usage.ts';
import { amountIn, roundedUp } from './amounts.ts';
import type { Advice, AdvicePriority } from './recommendation.ts';

type Of<Kind extends PatternEvidence['kind']> = Extract<PatternEvidence, { kind: Kind }>;

const hourMs = 3_600_000;
const dayHours = 24;
const weekHours = 7 * dayHours;
/** A bound is raised to what is needed in so many hours, and further by the reserve. */
const planHours = 30 * dayHours;
const reserve = 1.2;
/** A bound is lowered to so many times of what 95 of 100 samples stay below. */
const headroom = 1.5;
/** Shares of waste from which a pool is worth a look, and much. */
const [wasteMin, wasteHigh] = [0.2, 0.5] as const;
const efficiencyMin = 0.8;
/** Samples that a profile must rest on before anything is advised from it. */
const profileSamplesMin = 48;

const pooledTypes: ReadonlySet<string> = new Set([
  'database_connection',
  'network_connection',
  'process',
  'thread',
]);

/** What to do about the patterns that one series shows in one window; a bound is not lowered over what grows. */
export function adviceOnAll(patterns: readonly UsagePattern[]): readonly Advice[] {
  const isGrowing = patterns.some(({ evidence: { kind } }) => kind === 'gradual_growth' || kind === 'leak');
  return patterns
    .filter(({ evidence }) => !(isGrowing && evidence.kind === 'underutilization'))
    .map(adviceOn)
    .filter((advice) => advice !== null);
}

/** Null where there is nothing that would help. */
function adviceOn({ series, evidence, confidence }: UsagePattern): Advice | null {
  const advice = ((): Omit<Advice, 'basis' | 'confidence'> | null => {
    switch (evidence.kind) {
      case 'leak':
        return onLeak(series, evidence);
      case 'gradual_growth':
        return onGrowth(series, evidence);
      case 'periodic_spikes':
        return onSpikes(series, evidence);
      case 'underutilization':
        return onUnderUse(series, evidence);
      case 'step_change':
        return onStep(series, evidence);
    }
  })();
  return advice && { ...advice, basis: evidence.kind, confidence };
}

/** What to do about a profile: pools whose size follows a rare peak. */
export function adviceOnProfile({ series, figures, windowHours }: UsageProfile): Advice | null {
  if (figures.status !== 'measured' || figures.samples < profileSamplesMin) return null;
  if (series.kind !== 'held' || !pooledTypes.has(series.resourceType)) return null;
  const { waste, efficiency, peak, average } = figures;
  if (waste <= wasteMin || efficiency >= efficiencyMin) return null;
  const amount = (value: number): string => amountIn(series.unit, value);
  return {
    type: 'pooling',
    title: `Share ${nameOf(series)}`,
    description: `The peak of ${windowHours} hours is ${amount(peak)}, the average ${amount(average)}: ${percent(waste)} of what the peak needs is idle on average.`,
    priority: waste > wasteHigh ? 'high' : 'medium',
    effort: 'medium',
    estimatedSaving: { amount: peak - average, unit: series.unit },
    currentState: `efficiency ${efficiency.toFixed(2)}, waste ${percent(waste)}`,
    recommendedState: `a shared pool of about ${amount(roundedUp(average * headroom))}, and a queue for the peak`,
    steps: [
      'Look at who holds them at the peak.',
      `Let a pool of about ${roundedUp(average * headroom)} serve all of them, with a bounded queue.`,
      'Compare the waiting time at the peak with what is saved.',
    ],
    basis: 'profile',
    confidence: null,
    action: null,
  };
}

function onLeak(series: UsageSeries, leak: Of<'leak'>): Omit<Advice, 'basis' | 'confidence'> {
  const amount = (value: number): string => amountIn(series.unit, value);
  return {
    type: 'cleanup',
    title: `Release leaked ${nameOf(series)}`,
    description: `${percent(leak.risingShare)} of the changes are rises, ${amount(leak.growthPerHour)} an hour, and nothing comes back.`,
    priority: urgency(series, leak.level, leak.growthPerHour, 'high'),
    effort: 'low',
    estimatedSaving: { amount: Math.max(0, leak.accumulated), unit: series.unit },
    currentState: `${amount(leak.accumulated)} came together${leak.resets > 0 ? ` since the last of ${leak.resets} restarts` : ''}`,
    recommendedState: 'what is no longer used is released',
    steps: [
      `Run the cleanup of ${series.resourceType}.`,
      'Find the call site: the list of leaks names it.',
      'Close what is opened there, or hold it under a lease of its run.',
    ],
    action: { kind: 'run_cleanup', resourceType: series.resourceType, workspaceId: series.workspaceId },
  };
}

function onGrowth(
  series: UsageSeries,
  growth: Of<'gradual_growth'>,
): Omit<Advice, 'basis' | 'confidence'> | null {
  const { growthPerHour, riseShare, level } = growth;
  const amount = (value: number): string => amountIn(series.unit, value);
  const common = {
    priority: urgency(series, level, growthPerHour, riseShare > 1 ? 'high' : 'medium'),
    description: `It grows by ${amount(growthPerHour)} an hour (95 %: ${amount(growth.growthPerHourLow)} to ${amount(growth.growthPerHourHigh)}), season and noise aside.`,
    estimatedSaving: null,
  } as const;
  if (series.capacity !== null) {
    const hours = hoursUntil(series.capacity, level, growthPerHour);
    if (hours > planHours) return null;
    const limit = roundedUp(Math.max(series.capacity, (level + growthPerHour * planHours) * reserve));
    return {
      ...common,
      type: 'quota_adjustment',
      title: `Raise the limit of ${nameOf(series)}`,
      effort: 'low',
      currentState: `${amount(level)} of ${amount(series.capacity)}; full in about ${formatDuration(hours * hourMs)}`,
      recommendedState: `a limit of ${amount(limit)}, enough for 30 days`,
      steps: ['Make sure that the growth is wanted.', `Set the limit to ${limit}.`],
      action: series.quotaId === null ? null : { kind: 'set_quota_limit', quotaId: series.quotaId, limit },
    };
  }
  const isStored = series.unit === 'bytes' && series.kind === 'held';
  return {
    ...common,
    type: isStored ? 'compression' : 'architecture',
    title: isStored ? `Compress or expire ${nameOf(series)}` : `Plan for more ${nameOf(series)}`,
    effort: isStored ? 'medium' : 'high',
    currentState: `about ${amount(level)} now`,
    recommendedState: `less than the ${amount(level + growthPerHour * planHours)} that it comes to in 30 days`,
    steps: isStored
      ? ['Find the largest and the oldest parts.', 'Compress what is seldom read, and let the rest expire.']
      : ['Find what the growth follows: users, runs, or data.', 'Bound it, or split the load.'],
    action: null,
  };
}

function onSpikes(series: UsageSeries, spikes: Of<'periodic_spikes'>): Omit<Advice, 'basis' | 'confidence'> {
  const every = formatDuration(spikes.periodMs);
  const common = {
    description: `Every ${every} it rises by ${amountIn(series.unit, spikes.height)} for ${formatDuration(spikes.durationMs)}; ${spikes.spikesOnTime} of ${spikes.spikes} peaks keep that period.`,
    priority: 'medium',
    estimatedSaving: { amount: spikes.height, unit: series.unit },
    currentState: `a peak every ${every}`,
  } as const;
  if (series.kind === 'used' && series.taskId === null) {
    return {
      ...common,
      type: 'caching',
      title: `Cache what ${nameOf(series)} is used for every ${every}`,
      effort: 'medium',
      recommendedState: 'repeated work is answered from a cache',
      steps: ['Look at what runs at the peak.', 'Keep its answers for longer than the period.'],
      action: null,
    };
  }
  return {
    ...common,
    type: 'scheduling',
    title: `Move the peak of ${nameOf(series)}`,
    effort: 'low',
    recommendedState: 'the work runs between the peaks of others, or in parts',
    steps: ['Look at which tasks begin together.', 'Let one of them begin half a period later.'],
    action:
      series.taskId === null
        ? null
        : { kind: 'change_schedule', taskId: series.taskId, delayMs: Math.round(spikes.periodMs / 2) },
  };
}

function onUnderUse(
  series: UsageSeries,
  use: Of<'underutilization'>,
): Omit<Advice, 'basis' | 'confidence'> | null {
  if (use.against === 'peak' && !pooledTypes.has(series.resourceType)) return null;
  const limit = roundedUp(Math.max(use.p95, use.averageHigh) * headroom);
  const amount = (value: number): string => amountIn(series.unit, value);
  const isPool = series.quotaId === null && pooledTypes.has(series.resourceType);
  return {
    type: isPool ? 'pooling' : 'quota_adjustment',
    title: `${isPool ? 'Make the pool smaller' : 'Lower the limit'}: ${nameOf(series)}`,
    description: `On average ${amount(use.average)} of ${amount(use.of)} are used, and 95 of 100 samples are below ${amount(use.p95)}.`,
    priority: use.share < 0.1 ? 'medium' : 'low',
    effort: 'low',
    estimatedSaving: { amount: Math.max(0, use.of - limit), unit: series.unit },
    currentState: `${percent(use.share)} of the ${use.against} is used`,
    recommendedState: `a bound of ${amount(limit)}`,
    steps: [`Set the bound to ${limit}.`, 'Watch the waiting time at the peaks for a week.'],
    action:
      series.quotaId === null || use.against !== 'capacity'
        ? null
        : { kind: 'set_quota_limit', quotaId: series.quotaId, limit },
  };
}

function onStep(series: UsageSeries, step: Of<'step_change'>): Omit<Advice, 'basis' | 'confidence'> | null {
  if (step.change <= 0) return null;
  const amount = (value: number): string => amountIn(series.unit, value);
  const moment = new Date(step.at).toISOString();
  return {
    type: 'architecture',
    title: `Find what raised ${nameOf(series)}`,
    description: `The level rose at about ${moment} and stayed.`,
    priority: step.change > Math.abs(step.before) ? 'high' : 'medium',
    effort: 'medium',
    estimatedSaving: { amount: step.change, unit: series.unit },
    currentState: `${amount(step.after)} instead of ${amount(step.before)}`,
    recommendedState: 'the rise is wanted, or taken back',
    steps: [
      `Look at what was released or configured at about ${moment}.`,
      'Take it back, or plan for the new level.',
    ],
    action: null,
  };
}

function urgency(
  { capacity }: UsageSeries,
  level: number,
  growthPerHour: number,
  otherwise: AdvicePriority,
): AdvicePriority {
  if (capacity === null) return otherwise;
  const hours = hoursUntil(capacity, level, growthPerHour);
  if (hours < dayHours) return 'critical';
  return hours < weekHours ? 'high' : otherwise;
}

function hoursUntil(capacity: number, level: number, growthPerHour: number): number {
  return Math.max(0, (capacity - level) / growthPerHour);
}

function nameOf({ resourceType }: UsageSeries): string {
  return resourceType.replaceAll('_', ' ');
}

function percent(share: number): string {
  return `${Math.round(100 * share)} %`;
}
