/** The proof **Loop it**: two agents answer each other on the real bus until the breaker stops them; it ends at the trace. */
import type { BusTrace, BusTraceEvent } from '@raptorflow/contract';
import { Link } from '@tanstack/react-router';

import { Button, buttonClasses } from '../components/button.tsx';
import { classes } from '../components/class-names.ts';
import { ErrorNotice, Notice } from '../components/feedback.tsx';
import { Panel } from '../components/panel.tsx';
import { useMessage } from '../data/bus.ts';
import { useScope } from '../data/scope.ts';
import { useLoopProof, useTrace } from '../data/trace.ts';
import { LetterLink } from './trace/trace-link.tsx';

const channel = 'sys.proof.loop';

/** The card of the first-visit page. */
export function LoopProofCard() {
  const proof = useLoopProof();
  const trace = useTrace(proof.data?.request_id ?? null);
  const running = proof.isPending || (trace.data !== undefined && trace.data?.settled === false);
  return (
    <Panel>
      <div className="flex flex-wrap items-start justify-between gap-3">
        <div className="min-w-0 flex-1 basis-72">
          <h2 className="text-lg font-semibold tracking-tight">Stop a loop</h2>
          <p className="mt-1 text-muted">
            Two agents answer each other on this server’s bus, a third of a second a turn, and neither ever
            stops. The loop breaker refuses the answer that goes too far, keeps it as a dead letter, and
            raises one critical alert.
          </p>
        </div>
        <Button icon="redo" busy={running} onClick={() => proof.mutate()}>
          Loop it
        </Button>
      </div>
      {proof.error ? (
        <div className="mt-3">
          <ErrorNotice error={proof.error} />
        </div>
      ) : null}
      {trace.error ? (
        <div className="mt-3">
          <ErrorNotice error={trace.error} retry={() => void trace.refetch()} />
        </div>
      ) : null}
      {trace.data ? <Story trace={trace.data} /> : null}
    </Panel>
  );
}

function Story({ trace }: { readonly trace: BusTrace }) {
  const turns = trace.events.filter((event) => event.channel === channel);
  const refused = turns.find((event) => event.presence === 'refused');
  const letter = trace.events.find((event) => refused !== undefined && event.parent_id === refused.id);
  const alert = trace.events.find((event) => event.channel === 'sys.alert.critical');
  return (
    <div className="mt-4 space-y-3">
      <ol aria-label="Hops of the loop" className="flex flex-wrap gap-x-1.5 gap-y-2">
        {turns.map((event) => (
          <Turn key={event.id} event={event} />
        ))}
        {refused === undefined && !trace.settled ? (
          <li className="flex items-center px-1 text-xs text-muted breathing">the other one answers…</li>
        ) : null}
      </ol>
      {refused && alert ? (
        <Stop
          refused={refused}
          alertId={alert.id}
          letterId={letter?.id ?? null}
          requestId={trace.request_id}
        />
      ) : null}
      {trace.settled && refused === undefined ? (
        <Notice tone="warn">
          The story ended without a refusal: the server may have been stopped in the middle. Loop it again.
        </Notice>
      ) : null}
    </div>
  );
}

function Turn({ event }: { readonly event: BusTraceEvent }) {
  const isRefused = event.presence === 'refused';
  return (
    <li
      className={classes(
        'flex items-center gap-1.5 rounded-md border px-2 py-0.5 text-xs rising',
        isRefused ? 'border-bad/40 bg-bad-soft text-bad' : 'border-line bg-sunken',
      )}
    >
      <span className="tabular text-muted">hop {event.hops ?? 0}</span>
      <span className="font-medium">{event.source_agent_id}</span>
      {isRefused ? <span>refused</span> : null}
    </li>
  );
}

const rules: Readonly<Record<string, string>> = {
  alternation: 'the two had taken turns on one type of event as often as a debate may',
  hops: 'the chain had become longer than any chain may',
  repeats: 'one of them would have said the same again in the same chain',
};

function Stop({
  refused,
  alertId,
  letterId,
  requestId,
}: {
  readonly refused: BusTraceEvent;
  readonly alertId: string;
  readonly letterId: string | null;
  readonly requestId: string;
}) {
  const { workspaceId } = useScope();
  const alert = useMessage(alertId);
  const rule = alert.data?.payload['rule'];
  const message = alert.data?.payload['message'];
  return (
    <>
      <Notice tone="ok">
        <p className="font-semibold">Stopped at hop {refused.hops ?? 0}</p>
        <p>
          {typeof rule === 'string' && rules[rule] !== undefined
            ? `The breaker refused ${refused.source_agent_id ?? 'the agent'}: ${rules[rule]}.`
            : 'The breaker refused the next answer.'}
        </p>
        {typeof message === 'string' ? (
          <p className="mt-1 text-xs text-muted">
            Critical alert: <q>{message.split('. ')[0]}.</q>
          </p>
        ) : null}
      </Notice>
      <div className="flex flex-wrap items-center gap-x-4 gap-y-2">
        <Link
          to="/w/$workspaceId/bus/trace/$id"
          params={{ workspaceId, id: requestId }}
          className={buttonClasses('solid')}
        >
          Open the trace
        </Link>
        {letterId === null ? null : <LetterLink id={letterId}>The dead letter</LetterLink>}
        <Link
          to="/w/$workspaceId/bus/messages/$eventId"
          params={{ workspaceId, eventId: alertId }}
          className="text-accent hover:underline"
        >
          The critical alert
        </Link>
      </div>
    </>
  );
}
