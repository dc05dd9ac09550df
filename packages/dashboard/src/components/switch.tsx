/** A switch: on or off, at once. */
import { classes } from './class-names.ts';

/** The switch; its label is read out, and what it does stands beside it. */
export function Switch({
  label,
  checked,
  busy = false,
  disabled = false,
  onChange,
}: {
  readonly label: string;
  readonly checked: boolean;
  /** The change is under way: the switch is off limits until it is done. */
  readonly busy?: boolean;
  readonly disabled?: boolean;
  readonly onChange: (checked: boolean) => void;
}) {
  return (
    <button
      type="button"
      role="switch"
      aria-checked={checked}
      aria-label={label}
      aria-busy={busy}
      title={label}
      disabled={busy || disabled}
      onClick={() => onChange(!checked)}
      className={classes(
        'inline-flex h-5 w-9 shrink-0 items-center rounded-full border px-0.5 transition-colors disabled:cursor-not-allowed disabled:opacity-60',
        checked ? 'border-transparent bg-accent' : 'border-line-strong bg-sunken',
        busy && 'breathing',
      )}
    >
      <span
        aria-hidden="true"
        className={classes(
          'size-3.5 rounded-full transition-transform',
          checked ? 'translate-x-[15px] bg-surface' : 'bg-line-strong',
        )}
      />
    </button>
  );
}
