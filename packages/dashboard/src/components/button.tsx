/** Buttons, and links that look like them. */
import type { ButtonHTMLAttributes } from 'react';

import { classes } from './class-names.ts';
import { Icon, type IconName } from './icon.tsx';

/** `solid` is the page's one main action; `outline` any other; `quiet` sits in toolbars; `danger` cannot be undone. */
export type ButtonTone = 'solid' | 'outline' | 'quiet' | 'danger';

const tones: Readonly<Record<ButtonTone, string>> = {
  solid: 'bg-solid text-on-solid hover:opacity-90 border-transparent',
  outline: 'bg-surface text-text border-line-strong/50 hover:bg-hover',
  quiet: 'bg-transparent text-muted border-transparent hover:bg-hover hover:text-text',
  danger: 'bg-surface text-bad border-bad/40 hover:bg-bad-soft',
};

/** Class names of a button, for links that act as one. */
export function buttonClasses(tone: ButtonTone = 'outline', className?: string): string {
  return classes(
    'inline-flex h-8 items-center justify-center gap-1.5 rounded-md border px-3 text-sm font-medium whitespace-nowrap transition-colors',
    'disabled:cursor-not-allowed disabled:opacity-50 aria-disabled:opacity-50',
    tones[tone],
    className,
  );
}

interface ButtonProps extends ButtonHTMLAttributes<HTMLButtonElement> {
  readonly tone?: ButtonTone;
  readonly icon?: IconName;
  /** Work is under way: the button is off and says so. */
  readonly busy?: boolean;
}

/** A button. */
export function Button({ tone = 'outline', icon, busy = false, className, children, ...rest }: ButtonProps) {
  return (
    <button
      type="button"
      {...rest}
      disabled={busy || rest.disabled === true}
      aria-busy={busy}
      className={buttonClasses(tone, className)}
    >
      {icon ? <Icon name={icon} className={busy ? 'breathing' : ''} /> : null}
      {children}
    </button>
  );
}

/** A button that is only an icon; its label is read out and shown as a hint. */
export function IconButton({
  icon,
  label,
  className,
  ...rest
}: Omit<ButtonProps, 'children' | 'tone' | 'busy'> & { readonly icon: IconName; readonly label: string }) {
  return (
    <button
      type="button"
      {...rest}
      aria-label={label}
      title={label}
      className={buttonClasses('quiet', classes('size-8 px-0', className))}
    >
      <Icon name={icon} />
    </button>
  );
}
