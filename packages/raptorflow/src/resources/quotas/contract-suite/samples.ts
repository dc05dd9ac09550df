import type { Periods } from '../calendar.ts';
import type { Counter } from '../counter.ts';
import type { QuotaDefinition, QuotaKind } from '../definition.ts';
import type { QuotaViolation } from '../record.ts';

/** Periods that a test turns over by hand: they hold the present whatever the clock of the store shows. */
export class ManualPeriods implements Periods {
  readonly lengthMs = 0;
  readonly lengthMsMax = 1_000;
  index = 100;

  at(): { readonly index: number; readonly start: number; readonly end: number } {
    return { index: this.index, start: 0, end: 10 ** 14 };
  }
}

/** A counter of a test. */
export function counterOf(
  key: string,
  kind: QuotaKind,
  limit: number,
  more: Partial<Pick<Counter, 'workspaceId' | 'quotaId' | 'quotaKey'>> & { readonly clock?: Periods } = {},
): Counter {
  const { clock = null, workspaceId = 'w1', quotaId = key, quotaKey = quotaId } = more;
  const isHeld = clock === null;
  return { key: `${quotaId}~1/${key}`, quotaId, quotaKey, kind, limit, clock, isHeld, workspaceId };
}

/** A definition of a test. */
export function definitionOf(id: string, more: Partial<QuotaDefinition> = {}): QuotaDefinition {
  return {
    id,
    name: `Quota ${id}`,
    description: 'Ünïcode, "quotes" and\nlines.',
    scope: 'workspace',
    resource: 'llm_tokens',
    kind: 'hard',
    period: 'day',
    timeZone: 'Europe/Berlin',
    limit: 2 ** 40,
    burstLimit: null,
    action: 'block',
    workspaceId: null,
    userId: null,
    enabled: true,
    tags: { team: 'red' },
    createdAt: 1,
    updatedAt: 2,
    epoch: 1,
    ...more,
  };
}

/** A violation of a test. */
export function violationOf(number: number, more: Partial<QuotaViolation> = {}): QuotaViolation {
  return {
    id: `qvi_${String(number).padStart(4, '0')}`,
    quotaId: 'a',
    resource: 'llm_tokens',
    at: number,
    amount: 3,
    usage: 12,
    limit: 10,
    exceededBy: 2,
    action: 'block',
    actionTaken: 'blocked',
    workspaceId: 'w1',
    userId: null,
    agentId: null,
    runId: null,
    resolved: false,
    resolvedAt: null,
    resolvedBy: null,
    counterKey: 'a~1/w1',
    ...more,
  };
}
