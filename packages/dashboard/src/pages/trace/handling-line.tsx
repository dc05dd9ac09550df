/** What one group did with one event: its state, attempts, time and error. */
import type { BusTraceHandling } from '@raptorflow/contract';

import { classes } from '../../components/class-names.ts';
import { StatusBadge, toneOf } from '../../components/status.tsx';
import { countOf } from '../../format/number.ts';
import { formatDuration } from '../../format/time.ts';
import { TimeBar, timedLine } from './time-bar.tsx';
import { LetterLink } from './trace-link.tsx';
import type { Bar } from './trace-rows.ts';

/** The line, with a bar where in the story's time the handling lies. */
export function HandlingLine({
  handling,
  bar,
}: {
  readonly handling: BusTraceHandling;
  readonly bar: Bar | null;
}) {
  const { group, state, attempts, took_ms: took, last_error: error, dead_letter_id: letterId } = handling;
  return (
    <li>
      <div className={timedLine}>
        <span className="flex min-w-0 flex-wrap items-center gap-x-2 gap-y-0.5">
          <StatusBadge status={state} />
          <span className="min-w-0 break-all">{group}</span>
          {attempts === 0 ? null : (
            <span className={classes('text-xs', attempts > 1 ? 'text-warn' : 'text-muted')}>
              {countOf(attempts, 'attempt')}
            </span>
          )}
          {letterId === null ? null : (
            <LetterLink id={letterId} className="text-xs text-accent hover:underline">
              Dead letter
            </LetterLink>
          )}
        </span>
        <TimeBar bar={bar} tone={toneOf(state)} />
        <span className="text-right text-xs text-muted tabular">{timeOf(took, state)}</span>
      </div>
      {error === null ? null : <p className="mt-0.5 text-xs break-words text-bad">{error}</p>}
    </li>
  );
}

function timeOf(took: number | null, state: BusTraceHandling['state']): string {
  if (took !== null) return formatDuration(took);
  return state === 'waiting' || state === 'running' ? 'not yet' : 'no time kept';
}
