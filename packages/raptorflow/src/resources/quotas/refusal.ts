import { formatDuration, RaptorFlowError, type Clock } from '../../kernel/index.ts';
import { dynamicGrowthMax } from './counter.ts';
import type { Plan, ReadyQuota } from './plan.ts';
import type { QuotaVerdict } from './quotas.ts';
import type { CounterReading, Taken } from './store.ts';

/** Usage from which on a warning is due, as a share of the limit. */
export const warningShare = 0.9;

/** The limit that people see, and that overshoot is counted from: of a burst quota the burst limit. */
export function shownLimit({ quota, threshold }: ReadyQuota, limit: number): number {
  return quota.kind === 'burst' ? threshold : limit;
}

/** Whether no wait could ever make room for an amount. */
export function neverFits({ quota, ceiling }: ReadyQuota, amount: number): boolean {
  return amount > (quota.kind === 'dynamic' ? dynamicGrowthMax * quota.limit : ceiling);
}

/** Milliseconds until usage of a quota begins anew; null for what is held, and for ever. */
function retryAfterMs({ clock: periods }: ReadyQuota, clock: Clock): number | null {
  if (!periods) return null;
  const now = clock.now();
  return Math.ceil(periods.at(now).end - now);
}

/** The error of a request that one quota of its plan refused. `because` continues the sentence. */
export function refusal(
  plan: Plan,
  amount: number,
  taken: Taken,
  clock: Clock,
  because = '',
): RaptorFlowError {
  const place = taken.refusedBy;
  const ready = plan.quotas[place] as ReadyQuota;
  const { quota, ceiling } = ready;
  const limit = shownLimit(ready, taken.limits[place] ?? quota.limit);
  const most = quota.kind === 'soft' ? ceiling : limit;
  const usage = taken.usage[place] ?? 0;
  const wait = retryAfterMs(ready, clock);
  const when =
    quota.period === 'held'
      ? 'release something first'
      : wait === null
        ? 'raise its limit, or reset it'
        : `usage begins anew in ${formatDuration(wait)}`;
  return new RaptorFlowError(
    'exhausted',
    `Quota ${quota.id} (${quota.name}) has ${Math.max(0, most - usage)} of ${most} left and ${amount} were asked for${because}; ${when}.`,
    {
      details: {
        quota_id: quota.id,
        limit: most,
        usage,
        remaining: Math.max(0, most - usage),
        amount,
        action: quota.action,
        retry_after_ms: wait,
      },
      ...(wait === null ? {} : { retryAfterMs: wait }),
      // Without a person nothing becomes of a total that is used up.
      retryable: quota.period !== 'forever' && !neverFits(ready, amount),
    },
  );
}

/** How a quota would meet a request. */
export function verdictOf(
  ready: ReadyQuota,
  amount: number,
  reading: CounterReading,
  clock: Clock,
): QuotaVerdict {
  const { quota, firstMax } = ready;
  const limit = shownLimit(ready, reading.limit);
  const after = reading.used + amount;
  const allowed = after <= (quota.kind === 'dynamic' ? limit : firstMax);
  const isViolation = after > limit;
  const isWarning = after >= limit * warningShare;
  return {
    quotaId: quota.id,
    allowed,
    currentUsage: reading.used,
    limit,
    remaining: Math.max(0, limit - reading.used),
    action: quota.action,
    message: messageOf(ready, { allowed, isViolation, isWarning, after, limit }),
    isWarning,
    isViolation,
    retryAfterMs: retryAfterMs(ready, clock),
  };
}

function messageOf(
  { quota }: ReadyQuota,
  found: {
    readonly allowed: boolean;
    readonly isViolation: boolean;
    readonly isWarning: boolean;
    readonly after: number;
    readonly limit: number;
  },
): string {
  const figures = `${found.after} of ${found.limit} with this request`;
  if (found.isViolation) {
    if (found.allowed) return `${quota.name}: over the limit, ${figures}; allowed.`;
    const fate = {
      warn: 'it would be refused',
      block: 'it would be refused',
      throttle: 'it would wait for room',
      queue: 'it would wait in line',
      escalate: 'it would wait for approval',
    } as const;
    return `${quota.name}: over the limit, ${figures}; ${fate[quota.action]}.`;
  }
  return found.isWarning ? `${quota.name}: nearly used up, ${figures}.` : `${quota.name}: ${figures}.`;
}
