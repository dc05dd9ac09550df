/** A breaker: its state, and for the operator the hand on it. */
import type { PeriscopeOperation } from '@raptorflow/contract';
import { useState } from 'react';

import { Button } from '../../components/button.tsx';
import { ConfirmDialog } from '../../components/dialog.tsx';
import { Badge, Dot, type Tone } from '../../components/status.tsx';
import { Ago } from '../../components/time.tsx';
import { useBreakerAction } from '../../data/periscope.ts';
import { useIsOperator } from '../../data/session.ts';
import { countOf } from '../../format/number.ts';
import { formatDuration } from '../../format/time.ts';
import { humanize } from '../../format/words.ts';

type Breaker = PeriscopeOperation['breakers'][number];

const toneOfState: Readonly<Record<Breaker['state'], Tone>> = {
  closed: 'ok',
  half_open: 'warn',
  open: 'bad',
  isolated: 'bad',
};

/** The line. */
export function BreakerLine({ breaker }: { readonly breaker: Breaker }) {
  const isOperator = useIsOperator();
  const [asking, setAsking] = useState(false);
  const { name, state, since, trips, consecutive_failures: failures, next_probe_in_ms: probeMs } = breaker;
  const tone = toneOfState[state];
  const facts = [
    failures === 0 ? null : `${countOf(failures, 'failure')} in a row`,
    trips === 0 ? null : `tripped ${countOf(trips, 'time')}`,
    probeMs === null ? null : `next probe in ${formatDuration(probeMs)}`,
  ].filter((fact) => fact !== null);
  return (
    <div className="flex flex-wrap items-center gap-x-3 gap-y-1 text-xs text-muted">
      <span>Breaker</span>
      <span className="font-medium break-all text-text">{name}</span>
      <Badge tone={tone}>
        <Dot tone={tone} />
        {humanize(state)}
      </Badge>
      {since === null ? null : (
        <span>
          since <Ago at={since} />
        </span>
      )}
      {facts.length === 0 ? null : <span>{facts.join(', ')}</span>}
      <Button
        className="ml-auto"
        aria-label={`${state === 'isolated' ? 'Release' : 'Isolate'} ${name}`}
        disabled={!isOperator}
        title={isOperator ? undefined : 'Only the operator of this installation can do this.'}
        onClick={() => setAsking(true)}
      >
        {state === 'isolated' ? 'Release' : 'Isolate'}
      </Button>
      {asking ? <Asking breaker={breaker} onClose={() => setAsking(false)} /> : null}
    </div>
  );
}

function Asking({ breaker, onClose }: { readonly breaker: Breaker; readonly onClose: () => void }) {
  const change = useBreakerAction();
  // What was asked about stays what is asked about, though the state may change underneath.
  const [action] = useState(breaker.state === 'isolated' ? ('release' as const) : ('isolate' as const));
  const isRelease = action === 'release';
  return (
    <ConfirmDialog
      open
      onClose={onClose}
      title={`${isRelease ? 'Release' : 'Isolate'} ${breaker.name}?`}
      action={isRelease ? 'Release' : 'Isolate'}
      tone={isRelease ? 'solid' : 'danger'}
      busy={change.isPending}
      error={change.error}
      onConfirm={() => change.mutate({ breaker: breaker.name, action }, { onSuccess: onClose })}
    >
      {isRelease
        ? 'Its calls go through again, beginning with a closed breaker.'
        : 'Every call through it fails at once, until somebody releases it.'}
    </ConfirmDialog>
  );
}
