/** Class names of a choice among a few that stand side by side: a pressed button, or the link to the current view. */
export const pillClasses: string =
  'rounded-full px-2.5 py-[3px] text-xs text-muted hover:bg-hover aria-pressed:bg-accent-soft aria-pressed:font-medium aria-pressed:text-accent aria-[current]:bg-accent-soft aria-[current]:font-medium aria-[current]:text-accent';
