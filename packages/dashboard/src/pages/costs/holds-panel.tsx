/** Calls whose cost nobody knows, and booking what they turned out to have cost. */
import type { Hold } from '@raptorflow/contract';
import { type SyntheticEvent, useState } from 'react';

import { Button } from '../../components/button.tsx';
import { ErrorNotice, Loading, Notice } from '../../components/feedback.tsx';
import { TextField } from '../../components/field.tsx';
import { Panel } from '../../components/panel.tsx';
import { useMoneyRights, useReconcile, useUncertainHolds } from '../../data/costs.ts';
import { formatMoney, parseMoney } from '../../format/money.ts';
import { countOf } from '../../format/number.ts';
import { formatMoment } from '../../format/time.ts';

/** The panel. */
export function HoldsPanel() {
  const holds = useUncertainHolds();
  const reconcile = useReconcile();
  const items = holds.data?.items ?? [];
  return (
    <Panel
      title="Uncertain calls"
      note={items.length === 0 ? undefined : `${countOf(items.length, 'call')}, charged in full`}
    >
      {holds.isPending ? <Loading /> : null}
      {holds.error ? <ErrorNotice error={holds.error} retry={() => void holds.refetch()} /> : null}
      {holds.data && items.length === 0 ? (
        <p className="text-muted">
          None: of every call it is known what it cost. A call whose answer was lost stands here, charged at
          its worst case, until the provider or an owner says what it cost; no timer ever frees it.
        </p>
      ) : null}
      {reconcile.data ? (
        <div className="mb-3">
          <Notice tone="ok">{reconcile.data.message}</Notice>
        </div>
      ) : null}
      <ul className="divide-y divide-line">
        {items.map((hold) => (
          <HoldRow key={`${hold.call_id}.${hold.attempt}`} hold={hold} reconcile={reconcile} />
        ))}
      </ul>
    </Panel>
  );
}

function HoldRow({
  hold,
  reconcile,
}: {
  readonly hold: Hold;
  readonly reconcile: ReturnType<typeof useReconcile>;
}) {
  const { isOwner } = useMoneyRights();
  const [text, setText] = useState('');
  const amount = parseMoney(text);
  const isOwn = reconcile.variables?.callId === hold.call_id && reconcile.variables.attempt === hold.attempt;
  const book = (costUsd: string) =>
    reconcile.mutate({ callId: hold.call_id, attempt: hold.attempt, costUsd });
  const submit = (event: SyntheticEvent) => {
    event.preventDefault();
    if (amount !== null) book(amount);
  };
  return (
    <li className="flex flex-wrap items-end justify-between gap-3 py-3 first:pt-0 last:pb-0">
      <div className="min-w-0 flex-1 basis-64">
        <p>
          <span className="font-semibold tabular">{formatMoney(hold.held_usd)}</span> charged for{' '}
          {hold.model ?? 'an unknown model'}
        </p>
        <p className="text-xs break-all text-muted">
          <code>{hold.call_id}</code>, attempt {hold.attempt}, {formatMoment(hold.created_at)}
        </p>
      </div>
      {isOwner ? (
        <form onSubmit={submit} className="flex flex-wrap items-end gap-2">
          <TextField
            label="It cost, in US dollars"
            className="w-40"
            inputMode="decimal"
            value={text}
            onChange={(event) => setText(event.target.value)}
          />
          <Button type="submit" tone="solid" busy={isOwn && reconcile.isPending} disabled={amount === null}>
            Book it
          </Button>
          <Button busy={isOwn && reconcile.isPending} onClick={() => book('0.000000')}>
            It never arrived
          </Button>
        </form>
      ) : (
        <p className="text-xs text-muted">An owner books what it cost, by the provider’s bill.</p>
      )}
      {isOwn && reconcile.error ? (
        <div className="basis-full">
          <ErrorNotice error={reconcile.error} />
        </div>
      ) : null}
    </li>
  );
}
