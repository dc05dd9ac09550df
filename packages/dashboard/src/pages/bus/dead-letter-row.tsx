/** One dead letter: what failed, where, why; its attempts and its event when opened. */
import type { DeadLetter, DeadLetterLink } from '@raptorflow/contract';
import { Link } from '@tanstack/react-router';

import { Button } from '../../components/button.tsx';
import { Disclosure } from '../../components/disclosure.tsx';
import { Payload } from '../../components/payload.tsx';
import { Badge } from '../../components/status.tsx';
import { Ago, Clock } from '../../components/time.tsx';
import { useScope } from '../../data/scope.ts';
import { useIsOperator } from '../../data/session.ts';
import { countOf } from '../../format/number.ts';
import { humanize } from '../../format/words.ts';
import { TraceLink } from '../trace/trace-link.tsx';

interface DeadLetterRowProps {
  readonly letter: DeadLetter;
  readonly mayAct: boolean;
  readonly busy: boolean;
  /** Somebody came to see this one. */
  readonly open: boolean;
  readonly onRedrive: () => void;
  readonly onDiscard: () => void;
}

/** The row, closed until asked. */
export function DeadLetterRow({ letter, mayAct, busy, open, onRedrive, onDiscard }: DeadLetterRowProps) {
  const name = letter.event?.type ?? 'unreadable event';
  return (
    <Disclosure
      open={open}
      summary={
        <span className="flex min-w-0 flex-1 flex-wrap items-center gap-x-3 gap-y-1">
          <span className="font-medium">{name}</span>
          <Badge tone="bad">{humanize(letter.reason)}</Badge>
          <span className="min-w-0 flex-1 basis-48 truncate text-muted">
            {letter.error?.message ?? 'no error was recorded'}
          </span>
          <span className="text-xs text-muted">
            {countOf(letter.attempts.length, 'attempt')}, <Ago at={letter.timestamp} />
          </span>
        </span>
      }
    >
      <Where letter={letter} />
      {mayAct ? (
        <div className="flex flex-wrap gap-2">
          <Button icon="redo" busy={busy} disabled={letter.group === null} onClick={onRedrive}>
            Redrive
          </Button>
          <Button tone="danger" icon="trash" onClick={onDiscard}>
            Discard
          </Button>
        </div>
      ) : null}
      <Attempts letter={letter} />
      {letter.chain === null ? null : <Chain chain={letter.chain} />}
      {letter.error?.stack ? <Payload label="the stack" value={letter.error.stack} /> : null}
      <div>
        <h3 className="mb-1 text-xs text-muted">
          {letter.event ? 'Payload' : 'Body, as far as it was kept'}
        </h3>
        <Payload label="the payload" value={letter.event?.payload ?? letter.body ?? 'nothing was kept'} />
      </div>
    </Disclosure>
  );
}

function Where({ letter }: { readonly letter: DeadLetter }) {
  const { workspaceId } = useScope();
  const operator = useIsOperator();
  return (
    <p className="text-muted">
      Published to{' '}
      {operator ? (
        <Link
          to="/w/$workspaceId/bus/channels/$name"
          params={{ workspaceId, name: letter.original_channel }}
          className="text-accent hover:underline"
        >
          {letter.original_channel}
        </Link>
      ) : (
        letter.original_channel
      )}
      {letter.group === null
        ? '; no group had it in hand, so there is none to give it back to.'
        : `, given up by the group ${letter.group}. A redrive gives it back to that group alone.`}
      {letter.event && letter.group !== null ? (
        <>
          {' '}
          <Link
            to="/w/$workspaceId/bus/messages/$eventId"
            params={{ workspaceId, eventId: letter.event.id }}
            className="text-accent hover:underline"
          >
            The event whole
          </Link>
        </>
      ) : null}{' '}
      <TraceLink id={letter.id}>The trace</TraceLink>
    </p>
  );
}

function Attempts({ letter }: { readonly letter: DeadLetter }) {
  if (letter.attempts.length === 0) return null;
  return (
    <ol aria-label="Attempts" className="space-y-0.5 text-xs">
      {letter.attempts.map((attempt) => (
        <li key={attempt.attempt} className="flex gap-3">
          <span className="w-16 shrink-0 text-muted">Attempt {attempt.attempt}</span>
          <Clock at={attempt.at} />
          <span className="min-w-0 flex-1 break-words text-bad">{attempt.error ?? 'no answer'}</span>
        </li>
      ))}
    </ol>
  );
}

/** What led to a loop; the last of its events was refused and never stored. */
function Chain({ chain }: { readonly chain: readonly DeadLetterLink[] }) {
  const { workspaceId } = useScope();
  return (
    <div>
      <h3 className="mb-1 text-xs text-muted">What led to the loop, oldest first</h3>
      <ol aria-label="Chain" className="space-y-0.5 text-xs">
        {chain.map((link, index) => {
          const refused = index === chain.length - 1;
          return (
            <li key={link.event_id} className="flex flex-wrap items-baseline gap-x-3">
              <span className="w-6 shrink-0 text-right text-muted tabular">{index + 1}</span>
              {refused ? (
                <span className="font-medium">{link.type}</span>
              ) : (
                <Link
                  to="/w/$workspaceId/bus/messages/$eventId"
                  params={{ workspaceId, eventId: link.event_id }}
                  className="text-accent hover:underline"
                >
                  {link.type}
                </Link>
              )}
              <span className="text-muted">
                {link.agent_id === null ? 'nobody says who' : `from ${link.agent_id}`}
              </span>
              {refused ? <Badge tone="bad">Refused</Badge> : null}
            </li>
          );
        })}
      </ol>
    </div>
  );
}
