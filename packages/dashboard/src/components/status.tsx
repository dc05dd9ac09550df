/** One look for every status word of the product. Colour never stands alone: the word is always there. */
import { humanize } from '../format/words.ts';
import { classes } from './class-names.ts';

/** What a status means to the reader. */
export type Tone = 'ok' | 'run' | 'warn' | 'bad' | 'none';

const toneOfWord: Readonly<Record<string, Tone>> = {
  PASSED: 'ok',
  REJECTED: 'bad',
  WARNING: 'warn',
  accepted: 'ok',
  active: 'ok',
  alive: 'ok',
  approved: 'ok',
  awaiting_approval: 'warn',
  cancelled: 'none',
  checked: 'run',
  completed: 'ok',
  critical: 'bad',
  dead: 'bad',
  degraded: 'warn',
  draft: 'none',
  ended: 'ok',
  expired: 'bad',
  failed: 'bad',
  handled: 'ok',
  healthy: 'ok',
  interrupted: 'warn',
  kept_after_last_round: 'warn',
  paused: 'warn',
  pending: 'none',
  queued: 'none',
  rejected: 'bad',
  research_queued: 'run',
  retrying: 'warn',
  revised: 'run',
  running: 'run',
  silent: 'none',
  skipped: 'none',
  uncertain: 'warn',
  unhealthy: 'bad',
  waiting: 'warn',
};

/** The tone of a status word; unknown words are neutral. */
export function toneOf(word: string): Tone {
  return toneOfWord[word] ?? 'none';
}

const badge: Readonly<Record<Tone, string>> = {
  ok: 'bg-ok-soft text-ok',
  run: 'bg-run-soft text-run',
  warn: 'bg-warn-soft text-warn',
  bad: 'bg-bad-soft text-bad',
  none: 'bg-sunken text-muted',
};

const fill: Readonly<Record<Tone, string>> = {
  ok: 'bg-ok',
  run: 'bg-run',
  warn: 'bg-warn',
  bad: 'bg-bad',
  none: 'bg-line-strong',
};

/** The fill colour of a tone, for bars and dots. */
export function fillOf(tone: Tone): string {
  return fill[tone];
}

/** A coloured dot; `live` lets it breathe. */
export function Dot({ tone, live = false }: { readonly tone: Tone; readonly live?: boolean }) {
  return (
    <span
      aria-hidden="true"
      className={classes('inline-block size-2 shrink-0 rounded-full', fill[tone], live && 'breathing')}
    />
  );
}

/** A small label in a tone. */
export function Badge({
  tone = 'none',
  children,
  title,
}: {
  readonly tone?: Tone;
  readonly children: React.ReactNode;
  readonly title?: string | undefined;
}) {
  return (
    <span
      title={title}
      className={classes(
        'inline-flex items-center gap-1.5 rounded-sm px-1.5 py-px text-xs font-medium whitespace-nowrap',
        badge[tone],
      )}
    >
      {children}
    </span>
  );
}

/** A status word as a badge with its dot. */
export function StatusBadge({ status }: { readonly status: string }) {
  const tone = toneOf(status);
  return (
    <Badge tone={tone}>
      <Dot tone={tone} live={tone === 'run'} />
      {humanize(status.toLowerCase())}
    </Badge>
  );
}
