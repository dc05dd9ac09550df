/** Advice, patterns and forecasts in words. */
import type {
  WireCapacityForecast,
  WireRecommendation,
  WireUsagePattern,
  WireUsageProfile,
} from '@raptorflow/contract';

import type { Tone } from '../../components/status.tsx';
import { metricFormat } from '../../format/metric.ts';
import { countOf, formatCount, formatPercent } from '../../format/number.ts';
import { formatDuration, formatMoment } from '../../format/time.ts';
import { humanize, sentence } from '../../format/words.ts';

type Words<K extends string> = Readonly<Record<K, string>>;
type Series = WireUsageProfile['series'];

/** What kind of change is advised. */
export const kindWords: Words<WireRecommendation['optimization_type']> = {
  cleanup: 'Cleanup',
  quota_adjustment: 'Limit',
  scheduling: 'Time',
  caching: 'Cache',
  pooling: 'Pool',
  compression: 'Compression',
  architecture: 'Architecture',
};

/** From the most urgent on. */
export const priorities: readonly WireRecommendation['priority'][] = ['critical', 'high', 'medium', 'low'];

/** The tone of a priority. */
export const priorityTones: Readonly<Record<WireRecommendation['priority'], Tone>> = {
  critical: 'bad',
  high: 'bad',
  medium: 'warn',
  low: 'none',
};

/** How much work it is. */
export const effortWords: Words<WireRecommendation['implementation_effort']> = {
  low: 'little work',
  medium: 'some work',
  high: 'much work',
};

/** What became of advice. */
export const stateWords: Readonly<Record<WireRecommendation['state'], readonly [word: string, tone: Tone]>> =
  {
    open: ['Open', 'none'],
    applying: ['Being carried out', 'run'],
    applied: ['Carried out', 'ok'],
    withdrawn: ['No longer so', 'none'],
  };

/** What usage looks like. */
export const patternWords: Words<WireUsagePattern['pattern_type']> = {
  gradual_growth: 'Grows',
  periodic_spikes: 'Peaks again and again',
  leak: 'Only ever rises',
  underutilization: 'Hardly used',
  step_change: 'Has jumped',
};

/** The tone of a pattern. */
export const patternTones: Readonly<Record<WireUsagePattern['pattern_type'], Tone>> = {
  leak: 'bad',
  gradual_growth: 'warn',
  step_change: 'warn',
  periodic_spikes: 'run',
  underutilization: 'none',
};

/** An amount in the unit of a series: "81.7 %", "12 resources", "$0.10". */
export function amountOf(unit: string, value: number): string {
  const text = shortAmountOf(unit, value);
  return ['percent', 'bytes', 'micro_usd', 'ms', 's', '1'].includes(unit) ? text : `${text} ${unit}`;
}

/** The same where there is no room for words: "81.7 %", "12", "$0.10". */
export function shortAmountOf(unit: string, value: number): string {
  return unit === 'percent' ? `${Number(value.toPrecision(3))} %` : metricFormat(unit)(value);
}

/** "2.0 GB less"; empty where nobody can say. */
export function savingWords({ estimated_savings: saving }: WireRecommendation): string {
  return saving === null ? '' : `about ${amountOf(saving.unit, saving.amount)}`;
}

/** "99.9 % sure"; empty for what rests on no test. */
export function confidenceWords(confidence: number | null): string {
  if (confidence === null) return '';
  // A hundred would be a promise.
  const percent = Math.min(99.9, Math.floor(confidence * 1_000) / 10);
  return `${percent} % sure`;
}

/** What the advice follows from. */
export function basisWords({ basis }: Pick<WireRecommendation, 'basis'>): string {
  if (basis === 'profile') return 'how it is used';
  const known = new Map<string, string>(Object.entries(patternWords)).get(basis);
  return known === undefined ? humanize(basis) : `a pattern: ${known.toLowerCase()}`;
}

/** What carrying it out changes, before somebody says yes. `place` says where: "in this workspace". */
export function changeWords(advice: WireRecommendation, place: string): string {
  const what = humanize(advice.resource_type);
  switch (advice.optimization_type) {
    case 'cleanup':
      return (
        `Closes what is idle, leaked or could not be closed before of “${what}”, ${place}. ` +
        'What is in use is left alone. Whoever still holds what is closed finds it closed; this cannot be undone.'
      );
    case 'quota_adjustment':
      return `Sets the limit of “${what}” to what is recommended, from the next request on. The quota can be changed back.`;
    case 'scheduling':
      return `Moves the task that makes the peaks of “${what}”. The task can be moved back on the page Cleanup.`;
    case 'caching':
    case 'pooling':
    case 'compression':
    case 'architecture':
      return sentence(advice.recommended_state);
  }
}

/** "Not enough data: 3 of 10 samples are there, 7 are missing." */
export function missingWords({ samples, needed, missing }: Missing): string {
  const are = missing === 1 ? 'is' : 'are';
  return `Not enough data: ${formatCount(samples)} of ${countOf(needed, 'sample')} are there, ${formatCount(missing)} ${are} missing.`;
}

/** What is said where samples are missing. */
export type Missing = Extract<WireUsageProfile['figures'], { status: 'not_enough_data' }>;

/** The evidence of a pattern with its units: shares as percent, spans as spans, moments as moments, all else in the unit of the series. */
export function evidenceOf({
  evidence,
  series,
}: Pick<WireUsagePattern, 'evidence' | 'series'>): readonly (readonly [name: string, value: string])[] {
  return Object.entries(evidence).map(([name, value]) => [
    evidenceName(name),
    evidenceValue(name, value, series),
  ]);
}

const evidenceNames: Readonly<Record<string, string>> = {
  accumulated: 'Came together',
  against: 'Compared with the',
  at: 'At about',
  average_high: 'Average, at most',
  explained: 'Explained by it',
  growth_per_hour: 'Growth an hour',
  growth_per_hour_low: 'At least',
  growth_per_hour_high: 'At most',
  last_at: 'Last one',
  level: 'Now about',
  next_at: 'Next one',
  of: 'There is',
  p95: '95 of 100 samples below',
  period_ms: 'Every',
  duration_ms: 'Lasts',
  resets: 'Restarts',
  rise_share: 'Rise over the window',
  rising_share: 'Changes that are rises',
  share: 'Share that is used',
  spikes: 'Peaks',
  spikes_on_time: 'On time',
};

function evidenceName(name: string): string {
  return evidenceNames[name] ?? humanize(name);
}

const counts: ReadonlySet<string> = new Set(['resets', 'spikes', 'spikes_on_time']);
const shares: ReadonlySet<string> = new Set(['explained', 'rise_share', 'rising_share', 'share']);

function evidenceValue(name: string, value: number | string, { unit }: Series): string {
  if (typeof value === 'string') return Number.isNaN(Date.parse(value)) ? value : formatMoment(value);
  if (name.endsWith('_ms')) return formatDuration(value);
  if (counts.has(name)) return formatCount(value);
  return shares.has(name) ? formatPercent(value) : amountOf(unit, value);
}

/** "1 day", "14 days", "6 hours". */
export function windowWords(hours: number): string {
  return hours >= 24 && hours % 24 === 0 ? countOf(hours / 24, 'day') : countOf(hours, 'hour');
}

const methodWords: Readonly<Record<string, string>> = {
  naive: 'the last value',
  seasonal_naive: 'the value of a season ago',
  holt_winters: 'Holt-Winters',
  mstl_ets: 'MSTL with ETS',
};

/** What a method of forecasting is called. */
export function methodOf(method: string): string {
  return methodWords[method] ?? humanize(method);
}

type Forecast = Extract<WireCapacityForecast, { status: 'forecast' }>;

/** Whether and when a limit is reached, in a sentence; null where there is no limit. */
export function exhaustionWords({ exhaustion }: Pick<Forecast, 'exhaustion'>, unit: string): string | null {
  if (exhaustion === null) return null;
  const { limit, at, earliest, latest } = exhaustion;
  const bound = amountOf(unit, limit);
  if (at === null) {
    return earliest === null
      ? `The limit of ${bound} is not reached in this time.`
      : `The limit of ${bound} may be reached from ${formatMoment(earliest)} on, but is not expected to be in this time.`;
  }
  const from = earliest === null ? '' : `, at the earliest ${formatMoment(earliest)}`;
  const to = latest === null ? '' : `, at the latest ${formatMoment(latest)}`;
  return `The limit of ${bound} is reached at about ${formatMoment(at)}${from}${to}.`;
}
