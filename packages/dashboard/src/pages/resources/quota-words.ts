/** Quotas in words: whom they count for, what their limit means, and amounts in their units. */
import type { WireQuota, WireQuotaDraft, WireQuotaUsage, WireQuotaViolation } from '@raptorflow/contract';

import type { Tone } from '../../components/status.tsx';
import { formatMoney, wireMoney } from '../../format/money.ts';
import { formatBytes, formatCount } from '../../format/number.ts';

type Words<K extends string> = Readonly<Record<K, string>>;

/** For whom a quota counts. */
export const scopeWords: Words<WireQuota['quota_scope']> = {
  global: 'everybody together',
  workspace: 'each workspace',
  user: 'each user',
  agent: 'each agent',
  run: 'each run',
};

/** What a limit means. */
export const kindWords: Words<WireQuota['quota_type']> = {
  hard: 'Hard: never above the limit',
  soft: 'Soft: above it with a warning',
  burst: 'Burst: above it for a while, paid back later',
  dynamic: 'Dynamic: the limit rises with need, to twice itself',
};

/** When usage begins anew. */
export const periodWords: Words<WireQuota['period']> = {
  second: 'a second',
  minute: 'a minute',
  hour: 'an hour',
  day: 'a day',
  week: 'a week',
  month: 'a month',
  forever: 'for ever',
  held: 'held at once',
};

/** What becomes of a request that does not fit. */
export const actionWords: Words<WireQuota['action']> = {
  warn: 'Allow and warn',
  throttle: 'Wait for room',
  queue: 'Wait in line',
  block: 'Refuse',
  escalate: 'Ask an admin',
};

/** What was done about a request that did not fit. */
export const takenWords: Readonly<Record<WireQuotaViolation['action_taken'], readonly [string, Tone]>> = {
  allowed: ['Allowed', 'warn'],
  throttled: ['Had to wait', 'warn'],
  queued: ['Stood in line', 'warn'],
  blocked: ['Refused', 'bad'],
  escalated: ['Asked for approval', 'run'],
};

// A limit is what somebody wrote: it is not rounded while it can be read.
const exactMax = 10_000_000;
const exact = new Intl.NumberFormat('en-US');

/** An amount in the unit of what is counted: bytes of memory, money, or a number. */
export function amountText(resourceType: string, amount: number): string {
  if (resourceType === 'memory' || resourceType.endsWith('bytes')) return formatBytes(amount);
  if (resourceType.endsWith('micro_usd')) return formatMoney(wireMoney(Math.max(0, Math.round(amount))));
  return Math.abs(amount) < exactMax ? exact.format(amount) : formatCount(amount);
}

/** "1.1 GB held at once", "100 a minute". */
export function limitText({
  resource_type: type,
  limit,
  period,
}: Pick<WireQuota, 'resource_type' | 'limit' | 'period'>): string {
  return `${amountText(type, limit)} ${periodWords[period]}`;
}

/** How much of a quota is used, from 0 on; above 1 when usage is above the limit. */
export function usedShare({
  current_usage: used,
  limit,
}: Pick<WireQuotaUsage, 'current_usage' | 'limit'>): number {
  if (limit <= 0) return used > 0 ? 1 : 0;
  return used / limit;
}

/** Which choices a quota of this kind has: what the server would refuse is not offered. */
export function choicesOf(kind: WireQuotaDraft['quota_type']): {
  readonly actions: readonly WireQuota['action'][];
  readonly periods: readonly WireQuota['period'][];
  readonly hasBurst: boolean;
} {
  const spans = ['second', 'minute', 'hour', 'day', 'week', 'month'] as const;
  const waiting = ['throttle', 'queue', 'block', 'escalate'] as const;
  return {
    actions: kind === 'soft' ? ['warn', ...waiting] : waiting,
    periods: kind === 'burst' || kind === 'dynamic' ? spans : ['held', ...spans, 'forever'],
    hasBurst: kind === 'soft' || kind === 'burst',
  };
}
