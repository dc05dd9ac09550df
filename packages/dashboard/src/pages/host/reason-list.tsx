/** Why something is not well, since when, and what would make it so again. */
import type { VerdictReason } from '@raptorflow/contract';

import { StatusBadge } from '../../components/status.tsx';
import { Ago } from '../../components/time.tsx';
import { sentence } from '../../format/words.ts';

/** The reasons, the worst as the server orders them. */
export function ReasonList({ reasons }: { readonly reasons: readonly VerdictReason[] }) {
  return (
    <ul className="space-y-2">
      {reasons.map((one) => (
        <li key={`${one.reason} ${one.since}`} className="flex flex-wrap items-baseline gap-x-3 gap-y-0.5">
          <StatusBadge status={one.status} />
          <div className="min-w-0 flex-1 basis-60">
            <p className="break-words">
              {sentence(one.reason)}{' '}
              <span className="text-xs text-muted">
                Since <Ago at={one.since} />.
              </span>
            </p>
            <p className="text-xs break-words text-muted">{`Clears when: ${sentence(one.clears_when)}`}</p>
          </div>
        </li>
      ))}
    </ul>
  );
}
