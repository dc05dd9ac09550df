/** What a silence or a window of maintenance matches. */
import type { WireAlertMatcher } from '@raptorflow/contract';

import { matcherWords } from './silence-form.ts';

/** One line a label; all of them have to match. */
export function MatcherList({ matchers }: { readonly matchers: readonly WireAlertMatcher[] }) {
  if (matchers.length === 0) return <span>Every alert</span>;
  return (
    <ul className="space-y-0.5">
      {matchers.map(({ label, op, value }) => (
        <li key={`${label} ${op} ${value}`} className="break-all">
          <span className="font-mono text-xs">{label}</span>{' '}
          <span className="text-muted">{matcherWords[op]}</span>{' '}
          <span className="font-mono text-xs">{value === '' ? '(empty)' : value}</span>
        </li>
      ))}
    </ul>
  );
}
