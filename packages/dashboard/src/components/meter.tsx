/** Shares and progress as bars. */
import { classes } from './class-names.ts';
import { fillOf, type Tone } from './status.tsx';

/** A bar filled to `fraction` (0 to 1); `label` says what it measures, in words with units. */
export function Meter({
  fraction,
  label,
  tone = 'run',
  className,
}: {
  readonly fraction: number;
  readonly label: string;
  readonly tone?: Tone;
  readonly className?: string;
}) {
  const percent = Math.round(Math.min(1, Math.max(0, fraction)) * 100);
  return (
    <div
      role="meter"
      aria-label={label}
      aria-valuemin={0}
      aria-valuemax={100}
      aria-valuenow={percent}
      title={label}
      className={classes('h-1.5 overflow-hidden rounded-full bg-hover', className)}
    >
      <div
        className={classes('h-full rounded-full transition-[width] duration-300', fillOf(tone))}
        style={{ width: `${percent}%` }}
      />
    </div>
  );
}

/** A budget's tone: calm below half, a warning from 80 %, bad when used up. */
export function budgetTone(fraction: number): Tone {
  if (fraction >= 1) return 'bad';
  return fraction >= 0.8 ? 'warn' : 'ok';
}
