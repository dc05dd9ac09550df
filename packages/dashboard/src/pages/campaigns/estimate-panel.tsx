/** What the campaign may cost at most, beside what is left of the month. */
import type { CampaignBriefInput, CampaignEstimate } from '@raptorflow/contract';
import { useEffect, useState } from 'react';

import { ErrorNotice, Notice } from '../../components/feedback.tsx';
import { useEstimate } from '../../data/campaigns.ts';
import { formatMoney, microsOf } from '../../format/money.ts';
import { countOf, formatCount } from '../../format/number.ts';
import { humanize } from '../../format/words.ts';

interface Planned {
  readonly brief: CampaignBriefInput;
  readonly documentIds: readonly string[];
}

// Whoever types changes the brief with every key.
const restMs = 600;

function useRested(input: Planned): Planned | null {
  const text = JSON.stringify(input);
  const [rested, setRested] = useState<string | null>(null);
  useEffect(() => {
    const timer = setTimeout(() => setRested(text), restMs);
    return () => clearTimeout(timer);
  }, [text]);
  return rested === null ? null : (JSON.parse(rested) as Planned);
}

/** The estimate of a complete brief. */
export function EstimatePanel(planned: Planned) {
  const estimate = useEstimate(useRested(planned));
  return (
    <div className="mt-3" aria-live="polite">
      {estimate.error ? <ErrorNotice error={estimate.error} label="The cost could not be estimated" /> : null}
      {estimate.data ? <Estimate estimate={estimate.data} /> : null}
      {!estimate.data && !estimate.error ? (
        <p className="text-xs text-muted breathing">Estimating what it may cost…</p>
      ) : null}
    </div>
  );
}

function Estimate({ estimate }: { readonly estimate: CampaignEstimate }) {
  const remaining = formatMoney(estimate.remaining_usd);
  if (microsOf(estimate.upper_bound_usd) === 0) {
    return (
      <Notice tone="ok">
        <p className="font-semibold">Costs $0</p>
        <p className="text-xs text-muted">
          {estimate.note} {countOf(estimate.questions, 'question')} to it, {remaining} left of the month
          either way.
        </p>
      </Notice>
    );
  }
  return (
    <Notice tone={estimate.fits ? 'ok' : 'warn'}>
      <p className="font-semibold">
        Costs at most {formatMoney(estimate.upper_bound_usd)}, {formatMoney(estimate.first_try_usd)} when
        every first answer is good; {remaining} of the month are left
      </p>
      {estimate.fits ? null : (
        <p>
          The bound is more than what is left. The campaign may still fit; a call that does not is refused
          before it is sent.
        </p>
      )}
      <ul className="mt-1 text-xs">
        {estimate.stages.map((stage) => (
          <li key={stage.stage}>
            {humanize(stage.stage)}: {countOf(stage.agents, 'agent')}, {countOf(stage.questions, 'question')},
            at most {formatCount(stage.calls_max)} calls and {formatMoney(stage.upper_bound_usd)}
          </li>
        ))}
      </ul>
      <p className="mt-1 text-xs text-muted">{estimate.note}</p>
    </Notice>
  );
}
