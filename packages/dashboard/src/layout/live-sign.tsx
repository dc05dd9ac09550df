/** Says whether the page hears of changes by itself. */
import type { SocketStatus } from '@raptorflow/client';

import { Dot, type Tone } from '../components/status.tsx';
import { useOutage } from '../data/health.ts';
import { useLive } from '../live/live-context.ts';

const signs: Readonly<
  Record<SocketStatus, { readonly tone: Tone; readonly text: string; readonly hint: string }>
> = {
  open: { tone: 'ok', text: 'Live', hint: 'Changes appear by themselves.' },
  connecting: { tone: 'run', text: 'Connecting', hint: 'The live connection is being made.' },
  waiting: {
    tone: 'warn',
    text: 'Reconnecting',
    hint: 'The live connection was lost. Pages are read every 3 s until it is back.',
  },
  refused: { tone: 'bad', text: 'Not live', hint: 'The server refused the live connection. Sign in again.' },
  closed: { tone: 'none', text: 'Not live', hint: 'The live connection is closed.' },
};

const away = {
  tone: 'warn',
  text: 'Bus away',
  hint: 'The event bus does not answer, so nothing arrives. That ends by itself when it is back.',
} as const;

/** A dot and a word in the header. */
export function LiveSign() {
  const live = useLive();
  const outage = useOutage();
  const status = live?.status ?? 'closed';
  const { tone, text, hint } = outage !== null && status === 'open' ? away : signs[status];
  return (
    <span role="status" title={hint} className="flex items-center gap-1.5 text-xs text-muted">
      <Dot tone={tone} live={tone === 'run' || tone === 'warn'} />
      {text}
    </span>
  );
}
