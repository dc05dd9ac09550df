/** How much of what is active now the lines of a form match. */
import type { MetricScope } from '../../data/addressed-scope.ts';
import { useActiveAlerts } from '../../data/alerts.ts';
import { countOf } from '../../format/number.ts';
import { type MatcherRow, matchersOf, matchesLabels } from './silence-form.ts';

/** "Matches 2 of 5 active alerts." */
export function MatcherReach({
  scope,
  matchers,
}: {
  readonly scope: MetricScope;
  readonly matchers: readonly MatcherRow[];
}) {
  const active = useActiveAlerts(scope).data;
  if (active === undefined) return null;
  const wanted = matchersOf({ matchers });
  const reached = active.filter(({ labels }) => matchesLabels(wanted, labels)).length;
  return (
    <p role="status" aria-live="polite" className="text-xs text-muted">
      Matches {reached} of {countOf(active.length, 'active alert')}.
    </p>
  );
}
