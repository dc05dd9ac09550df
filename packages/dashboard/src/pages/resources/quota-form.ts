/** A quota as somebody writes it: text until it is sent, with what is wrong said beside the field. */
import type { WireQuota } from '@raptorflow/contract';

import type { WrittenQuota } from '../../data/quotas.ts';
import { choicesOf } from './quota-words.ts';

/** What the fields hold. */
export interface QuotaForm {
  readonly name: string;
  readonly description: string;
  readonly scope: WireQuota['quota_scope'];
  readonly type: string;
  readonly kind: WireQuota['quota_type'];
  readonly period: WireQuota['period'];
  readonly timeZone: string;
  readonly limit: string;
  readonly burst: string;
  readonly action: WireQuota['action'];
  readonly enabled: boolean;
}

/** The fields of a quota, or of a new one. */
export function formOf(quota: WireQuota | null): QuotaForm {
  if (quota === null) {
    return {
      name: '',
      description: '',
      scope: 'user',
      type: '',
      kind: 'hard',
      period: 'held',
      timeZone: 'UTC',
      limit: '',
      burst: '',
      action: 'block',
      enabled: true,
    };
  }
  return {
    name: quota.name,
    description: quota.description,
    scope: quota.quota_scope,
    type: quota.resource_type,
    kind: quota.quota_type,
    period: quota.period,
    timeZone: quota.time_zone,
    limit: String(quota.limit),
    burst: quota.burst_limit === null ? '' : String(quota.burst_limit),
    action: quota.action,
    enabled: quota.enabled,
  };
}

/** The form with another kind; what that kind does not know is set to what it does. */
export function withKind(form: QuotaForm, kind: QuotaForm['kind']): QuotaForm {
  const { actions, periods, hasBurst } = choicesOf(kind);
  return {
    ...form,
    kind,
    action: actions.includes(form.action) ? form.action : 'block',
    period: periods.includes(form.period) ? form.period : 'hour',
    burst: hasBurst ? form.burst : '',
  };
}

/** Days, weeks and months begin at midnight somewhere. */
export function hasTimeZone({ period }: Pick<QuotaForm, 'period'>): boolean {
  return period === 'day' || period === 'week' || period === 'month';
}

/** Reads a whole number above 0, with spaces, commas or underscores between its digits; null when it is none. */
export function readAmount(text: string): number | null {
  const digits = text.replaceAll(/[\s,_]/gu, '');
  if (!/^[1-9]\d{0,15}$/u.test(digits)) return null;
  const amount = Number(digits);
  return Number.isSafeInteger(amount) ? amount : null;
}

/** What is wrong, by field; the server checks the rest. */
export function problemsOf(form: QuotaForm): Partial<Record<'name' | 'type' | 'limit' | 'burst', string>> {
  const limit = readAmount(form.limit);
  const { hasBurst } = choicesOf(form.kind);
  const needsBurst = form.kind === 'burst' || (form.kind === 'soft' && form.action === 'block');
  const burst = readAmount(form.burst);
  const burstProblem = (): string | undefined => {
    if (!hasBurst) return undefined;
    if (form.burst.trim() === '') {
      return needsBurst ? 'Say up to where it may pass the limit; beyond that it is refused.' : undefined;
    }
    if (burst === null) return 'Write a whole number.';
    return limit !== null && burst <= limit ? 'It has to be above the limit.' : undefined;
  };
  const problems = {
    name: form.name.trim() === '' ? 'Give it a name.' : undefined,
    type: /^[a-z][a-z0-9_]{0,99}$/u.test(form.type) ? undefined : 'Write a kind such as file_handle.',
    limit: limit === null ? 'Write a whole number above 0.' : undefined,
    burst: burstProblem(),
  };
  return Object.fromEntries(Object.entries(problems).filter(([, problem]) => problem !== undefined));
}

/** The quota that a sound form stands for. */
export function draftOf(form: QuotaForm): WrittenQuota {
  const { hasBurst } = choicesOf(form.kind);
  return {
    name: form.name.trim(),
    description: form.description.trim(),
    quota_scope: form.scope,
    resource_type: form.type,
    quota_type: form.kind,
    period: form.period,
    time_zone: hasTimeZone(form) ? form.timeZone.trim() || 'UTC' : 'UTC',
    limit: readAmount(form.limit) ?? 0,
    burst_limit: hasBurst ? readAmount(form.burst) : null,
    action: form.action,
    enabled: form.enabled,
  };
}
