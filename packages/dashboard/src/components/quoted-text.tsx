/** A document's text with one place marked and brought into sight. */
import { useState } from 'react';

import { windowAround } from '../format/window.ts';
import { formatCount } from '../format/number.ts';
import { Button } from './button.tsx';

/** Longest text that is laid out at once; the rest is behind a button. */
const shownCharactersMax = 120_000;

/** Runs once for each marked place, when it appears. */
function bringIntoSight(mark: HTMLElement | null): void {
  mark?.scrollIntoView({ block: 'center' });
}

/** The text as stored, so that offsets and quotes agree exactly. */
export function QuotedText({
  text,
  start,
  end,
}: {
  readonly text: string;
  readonly start: number | null;
  readonly end: number | null;
}) {
  const [whole, setWhole] = useState(false);
  const shown = windowAround(text, start, end, whole ? Infinity : shownCharactersMax);
  const cut = shown.cutBefore || shown.cutAfter;
  return (
    <div>
      {cut ? (
        <Button className="mb-3" onClick={() => setWhole(true)}>
          Show all {formatCount(text.length)} characters
        </Button>
      ) : null}
      <div className="max-w-[46rem] text-sm/6 break-words whitespace-pre-wrap">
        {shown.cutBefore ? '…' : null}
        {shown.before}
        {shown.quote === '' ? null : (
          <mark key={`${start}:${end}`} ref={bringIntoSight} className="px-0.5 py-px">
            {shown.quote}
          </mark>
        )}
        {shown.after}
        {shown.cutAfter ? '…' : null}
      </div>
    </div>
  );
}
