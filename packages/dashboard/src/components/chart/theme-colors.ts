/** The colours of the page as a canvas needs them, and when they change. */
import { useSyncExternalStore } from 'react';

/** Lines take these in turn; the first ones are told apart best. */
const lineNames = ['accent', 'run', 'warn', 'bad', 'ok', 'muted'] as const;

/** Colours by their role. */
export interface ChartColors {
  readonly lines: readonly string[];
  readonly axis: string;
  readonly grid: string;
  /** The ground between two bounds. */
  readonly band: string;
  /** Soft grounds of stretches that stand out. */
  readonly tone: Readonly<Record<'bad' | 'warn' | 'run', string>>;
  /** The same tones in full. */
  readonly foot: Readonly<Record<'bad' | 'warn' | 'run', string>>;
}

const known = new Map<string, ChartColors>();

/** The colours of the theme that holds now, by its name. */
export function colorsOf(theme: string): ChartColors {
  const before = known.get(theme);
  if (before) return before;
  const style = getComputedStyle(document.documentElement);
  const read = (name: string): string => style.getPropertyValue(`--${name}`).trim();
  const colors = {
    lines: lineNames.map(read),
    axis: read('muted'),
    grid: read('line'),
    band: read('run-soft'),
    tone: { bad: read('bad-soft'), warn: read('warn-soft'), run: read('run-soft') },
    foot: { bad: read('bad'), warn: read('warn'), run: read('run') },
  };
  known.set(theme, colors);
  return colors;
}

/** The name of a line's colour, for what is drawn beside the chart; bounds are as the axis. */
export function lineColor(index: number, isBound: boolean): string {
  if (isBound) return 'var(--muted)';
  return `var(--${lineNames[index % lineNames.length] ?? 'accent'})`;
}

function subscribe(changed: () => void): () => void {
  const watched = new MutationObserver(changed);
  watched.observe(document.documentElement, { attributes: true, attributeFilter: ['data-theme'] });
  const system = matchMedia('(prefers-color-scheme: dark)');
  system.addEventListener('change', changed);
  return () => {
    watched.disconnect();
    system.removeEventListener('change', changed);
  };
}

/** Changes whenever the colours do. */
export function useThemeName(): string {
  return useSyncExternalStore(subscribe, () => {
    const chosen = document.documentElement.dataset['theme'];
    return chosen ?? (matchMedia('(prefers-color-scheme: dark)').matches ? 'dark' : 'light');
  });
}
