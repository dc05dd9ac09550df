/** The proof **Overspend it**: a swarm of agents on a budget of one cent; it ends at its trace. */
import type { OverspendProof } from '@raptorflow/contract';
import { Link } from '@tanstack/react-router';

import { Button, buttonClasses } from '../components/button.tsx';
import { ErrorNotice, Notice } from '../components/feedback.tsx';
import { Meter } from '../components/meter.tsx';
import { Facts, Panel } from '../components/panel.tsx';
import { Badge } from '../components/status.tsx';
import { useScope } from '../data/scope.ts';
import { useOverspendProof } from '../data/trace.ts';
import { formatMoney, microsOf, shareOf } from '../format/money.ts';
import { countOf, formatCount, formatPercent } from '../format/number.ts';
import { formatDuration } from '../format/time.ts';

/** The card of the first-visit page. */
export function OverspendProofCard() {
  const proof = useOverspendProof();
  return (
    <Panel>
      <div className="flex flex-wrap items-start justify-between gap-3">
        <div className="min-w-0 flex-1 basis-72">
          <h2 className="flex flex-wrap items-center gap-2 text-lg font-semibold tracking-tight">
            Overspend a budget
            <Badge>Rehearsal money</Badge>
          </h2>
          <p className="mt-1 text-muted">
            200 agents call a model at the same moment on a budget of one cent, and none of them stops before
            it is refused. The calls go through the real dispatcher and the real ledger; only the model is one
            of this process, so no provider is called and no real money is spent.
          </p>
        </div>
        <Button icon="costs" busy={proof.isPending} onClick={() => proof.mutate()}>
          Overspend it
        </Button>
      </div>
      {proof.error ? (
        <div className="mt-3">
          <ErrorNotice error={proof.error} />
        </div>
      ) : null}
      {proof.data ? <Result proof={proof.data} /> : null}
    </Panel>
  );
}

function Result({ proof }: { readonly proof: OverspendProof }) {
  const { workspaceId } = useScope();
  const share = shareOf(proof.spent_usd, proof.cap_usd);
  const isHeld = microsOf(proof.over_usd) === 0;
  return (
    <div className="mt-4 space-y-3">
      <Notice tone={isHeld ? 'ok' : 'bad'}>
        <p className="font-semibold">
          {formatMoney(proof.spent_usd)} of {formatMoney(proof.cap_usd)} spent, {formatMoney(proof.over_usd)}{' '}
          over
        </p>
        <p>
          {countOf(proof.calls_made, 'call')} made, {countOf(proof.calls_refused, 'call')} refused before
          anything was sent, in {formatDuration(proof.took_ms)}.
        </p>
        <Meter
          className="mt-2"
          fraction={share}
          tone={isHeld ? 'ok' : 'bad'}
          label={`${formatPercent(share)} of the cent is spent`}
        />
      </Notice>
      <Facts
        items={[
          [
            'Agents at once',
            `${formatCount(proof.agents)}; the model answered up to ${formatCount(proof.at_once_max)} at a time`,
          ],
          [
            'The model’s bill',
            `${formatMoney(proof.billed_usd)}, kept apart from the ledger’s ${formatMoney(proof.spent_usd)}`,
          ],
          ['Unguarded', `the first call of every agent would have cost ${formatMoney(proof.unguarded_usd)}`],
          [
            'Left open',
            `${formatMoney(proof.reserved_usd)} reserved, ${formatMoney(proof.uncertain_usd)} uncertain`,
          ],
          ...(proof.refusal === null ? [] : [['The refusal', <q key="refusal">{proof.refusal}</q>] as const]),
        ]}
      />
      <p className="text-xs text-muted">{proof.note}</p>
      <Link
        to="/w/$workspaceId/bus/trace/$id"
        params={{ workspaceId, id: proof.request_id }}
        className={buttonClasses('solid')}
      >
        Open the trace
      </Link>
    </div>
  );
}
