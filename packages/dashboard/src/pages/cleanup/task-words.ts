/** Cleanup tasks and their runs in words. */
import type { WireCleanupResult, WireCleanupTask, WireCleanupTrigger } from '@raptorflow/contract';

import { countOf, formatBytes } from '../../format/number.ts';
import { formatDuration } from '../../format/time.ts';
import { sentence } from '../../format/words.ts';
import { tagWords } from '../alerts/tag-lines.ts';
import { cronWords } from './cron-words.ts';
import { spanOrSeconds, type TriggerKind } from './trigger-form.ts';

type Words<K extends string> = Readonly<Record<K, string>>;

/** What can make a task run. */
export const triggerKindWords: Words<TriggerKind> = {
  cron: 'At set times',
  interval: 'Again and again, at a distance',
  once: 'Once',
  threshold: 'When a metric passes a threshold',
  health: 'When health is bad',
  event: 'At an event of the bus',
  manual: 'Only by hand',
};

/** Who waits less. */
export const priorityWords: Words<WireCleanupTask['priority']> = {
  low: 'Low: after all others',
  medium: 'Medium',
  high: 'High',
  critical: 'Critical: before all others',
};

/** What becomes of a run that is due while the one before goes on. */
export const overlapWords: Words<WireCleanupTask['overlap']> = {
  skip: 'It is left out',
  wait: 'It runs afterwards',
  allow: 'Both run',
};

/** What becomes of a time at which the server was away. */
export const missedWords: Words<WireCleanupTask['missed']> = {
  run_once: 'It runs once, as soon as it can',
  skip: 'It is left out',
};

/** Which servers do it. */
export const runsOnWords: Words<WireCleanupTask['runs_on']> = {
  one_process: 'One of the servers, for all',
  every_process: 'Every server, for what it holds itself',
};

/** From which state of health on a task runs. */
export const statusWords: Words<Extract<WireCleanupTrigger, { kind: 'health' }>['status']> = {
  degraded: 'degraded or worse',
  unhealthy: 'unhealthy or worse',
  critical: 'critical',
};

/** When a task runs: patterns in words where they have some, else the server's own words. */
export function whenWords({ schedule, trigger }: Pick<WireCleanupTask, 'schedule' | 'trigger'>): string {
  const own = trigger.kind === 'cron' ? cronWords(trigger.pattern) : null;
  const zone = trigger.kind === 'cron' ? (trigger.time_zone ?? 'UTC') : '';
  const words = own === null ? (schedule ?? triggerWords(trigger)) : `${own} (${zone})`;
  return sentence(words).replace(/\.$/u, '');
}

function triggerWords(trigger: WireCleanupTrigger): string {
  switch (trigger.kind) {
    case 'threshold': {
      const { metric, tags = {}, condition = 'above', value, clear_value: clear } = trigger;
      const of = Object.keys(tags).length === 0 ? '' : ` (${tagWords(tags)})`;
      const back = clear === undefined ? '' : `, until it is back at ${clear}`;
      return `when ${metric}${of} is ${condition} ${value}${back}`;
    }
    case 'health':
      return `when ${trigger.component ?? 'the installation'} is ${statusWords[trigger.status]}`;
    case 'event': {
      const { channel, types } = trigger;
      return `at ${types === undefined ? 'any event' : types.join(', ')} on ${channel}`;
    }
    case 'manual':
      return 'only by hand';
    case 'cron':
    case 'interval':
    case 'once':
      return timeWords(trigger);
  }
}

// The server has words for these; they stand in where it gives none.
function timeWords(trigger: Extract<WireCleanupTrigger, { kind: 'cron' | 'interval' | 'once' }>): string {
  if (trigger.kind === 'cron') return `cron "${trigger.pattern}" (${trigger.time_zone ?? 'UTC'})`;
  return trigger.kind === 'interval'
    ? `every ${spanOrSeconds(trigger.every_seconds)}`
    : `once at ${trigger.at}`;
}

const causeWords: Readonly<Record<string, string>> = {
  cron: 'at its time',
  interval: 'at its time',
  once: 'at its time',
  threshold: 'a threshold was passed',
  health: 'health was bad',
  event: 'an event came',
  manual: 'by hand',
};

/** Why a task ran. */
export function causeOf({ trigger_type: trigger }: Pick<WireCleanupResult, 'trigger_type'>): string {
  return causeWords[trigger] ?? trigger;
}

/** "3 removed, 2.0 MB freed"; empty when there was nothing to remove. */
export function freedWords({
  resources_cleaned: cleaned,
  bytes_freed: bytes,
}: Pick<WireCleanupResult, 'resources_cleaned' | 'bytes_freed'>): string {
  return [
    ...(cleaned > 0 ? [`${countOf(cleaned, 'thing')} removed`] : []),
    ...(bytes > 0 ? [`${formatBytes(bytes)} freed`] : []),
  ].join(', ');
}

/** The newest result of each task among results that begin with the newest. */
export function latestByTask(results: readonly WireCleanupResult[]): ReadonlyMap<string, WireCleanupResult> {
  return new Map(results.toReversed().map((result) => [result.task_id, result]));
}

/** What came of a run, in sentences: its own message or why it failed, what it freed, how long it took. */
export function resultWords(result: WireCleanupResult): string {
  const { execution_time_seconds: seconds, attempt, bytes_freed: bytes } = result;
  const attempts = attempt > 1 ? ` and ${attempt} attempts` : '';
  const freed = bytes > 0 ? ` ${formatBytes(bytes)} freed.` : '';
  return `${sentence(reasonOf(result))}${freed} It took ${formatDuration(seconds * 1_000)}${attempts}.`;
}

/** What a run says of itself: its message, or why it failed. */
export function reasonOf({ success, message, error }: WireCleanupResult): string {
  if (!success) return error?.message ?? (message || 'It failed and did not say why');
  return message || 'It is done';
}
