/** Tries a rule on the past whenever it has stood still for a moment. */
import type { WireAlertRuleDraft, WireBacktest } from '@raptorflow/contract';
import { useEffect, useMemo, useState } from 'react';

import type { MetricScope } from '../../data/addressed-scope.ts';
import { useBacktest } from '../../data/alerts.ts';

const stillMs = 600;

/** Stretches of the past to try a rule on. */
export const pasts = {
  day: { label: 'Last day', ms: 86_400_000 },
  week: { label: 'Last week', ms: 7 * 86_400_000 },
} as const;

/** A name of {@link pasts}. */
export type PastName = keyof typeof pasts;

/** A rule and what trying it on the past has said. */
export interface TriedRule {
  readonly past: PastName;
  readonly setPast: (past: PastName) => void;
  /** The newest result, that of an earlier form while the next one is computed. */
  readonly result: WireBacktest | null;
  /** What went wrong with the rule as it is. */
  readonly error: Error | null;
  readonly isTrying: boolean;
  /** The result, or the error, is that of the rule as it is. */
  readonly isCurrent: boolean;
  readonly retry: () => void;
}

/** A name for rules that have none yet: it decides nothing. */
const nameless = 'nameless_rule';

/** Tries `draft`; null while it says too little to be tried. What decides nothing is not waited for. */
export function useTriedRule(scope: MetricScope, draft: WireAlertRuleDraft | null): TriedRule {
  const [past, setPast] = useState<PastName>('day');
  const wanted = draft === null ? '' : JSON.stringify(decidingPart(draft));
  const still = useStill(wanted, stillMs);
  const rule = useMemo(() => (still === '' ? null : (JSON.parse(still) as WireAlertRuleDraft)), [still]);
  const query = useBacktest(scope, rule, pasts[past].ms);
  const isStill = wanted === still && rule !== null;
  const isTrying = draft !== null && (!isStill || query.isFetching);
  return {
    past,
    setPast,
    result: query.data ?? null,
    error: isStill ? query.error : null,
    isTrying,
    isCurrent: isStill && !query.isFetching && !query.isPlaceholderData,
    retry: () => void query.refetch(),
  };
}

function decidingPart({ name, summary: _summary, ...draft }: WireAlertRuleDraft): WireAlertRuleDraft {
  return { ...draft, enabled: true, name: name === '' ? nameless : name };
}

/** The value once it has not changed for `delayMs`; the first one at once. */
function useStill(value: string, delayMs: number): string {
  const [still, setStill] = useState(value);
  useEffect(() => {
    const timer = setTimeout(() => setStill(value), delayMs);
    return () => clearTimeout(timer);
  }, [value, delayMs]);
  return still;
}
