/** Where in the story's time something lies. */
import { classes } from '../../components/class-names.ts';
import { fillOf, type Tone } from '../../components/status.tsx';
import type { Bar } from './trace-rows.ts';

/** The columns of a line that ends with a bar and a duration; on a phone the bar goes below. */
export const timedLine =
  'grid grid-cols-[minmax(0,1fr)_auto] items-center gap-x-4 gap-y-1 sm:grid-cols-[minmax(0,1fr)_minmax(6rem,14rem)_4.5rem]';

/** The bar; empty where the time is not known. */
export function TimeBar({ bar, tone }: { readonly bar: Bar | null; readonly tone: Tone }) {
  return (
    <span
      aria-hidden="true"
      className="relative h-1.5 rounded-full bg-hover max-sm:order-last max-sm:col-span-2"
    >
      {bar === null ? null : (
        <span
          className={classes('absolute inset-y-0 rounded-full', fillOf(tone))}
          style={{ left: `${bar.offset * 100}%`, width: `${bar.length * 100}%` }}
        />
      )}
    </span>
  );
}
