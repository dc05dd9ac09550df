/** What a page says when there is nothing yet, when something failed, and while it waits. */
import { ClientError } from '@raptorflow/client';
import type { ReactNode } from 'react';

import { useOutage } from '../data/health.ts';
import { Button } from './button.tsx';
import { classes } from './class-names.ts';
import { Icon, type IconName } from './icon.tsx';
import type { Tone } from './status.tsx';

/** Nothing here yet, and what to do about it. */
export function EmptyState({
  icon,
  title,
  children,
  action,
}: {
  readonly icon: IconName;
  readonly title: string;
  readonly children: ReactNode;
  readonly action?: ReactNode;
}) {
  return (
    <div className="flex flex-col items-center px-6 py-12 text-center">
      <Icon name={icon} className="mb-3 size-6 text-muted" />
      <p className="font-semibold">{title}</p>
      <div className="mt-1 max-w-md text-muted">{children}</div>
      {action === undefined ? null : <div className="mt-4">{action}</div>}
    </div>
  );
}

const frames: Readonly<Record<Tone, string>> = {
  ok: 'border-ok/30 bg-ok-soft',
  run: 'border-run/30 bg-run-soft',
  warn: 'border-warn/30 bg-warn-soft',
  bad: 'border-bad/30 bg-bad-soft',
  none: 'border-line bg-sunken',
};

/** A remark in the page's flow; failures are read out at once. */
export function Notice({
  tone = 'none',
  children,
  actions,
}: {
  readonly tone?: Tone;
  readonly children: ReactNode;
  readonly actions?: ReactNode;
}) {
  return (
    <div
      role={tone === 'bad' ? 'alert' : 'status'}
      className={classes(
        'flex flex-wrap items-center justify-between gap-3 rounded-md border px-3 py-2',
        frames[tone],
      )}
    >
      <div className="min-w-0 flex-1 basis-60 break-words">{children}</div>
      {actions}
    </div>
  );
}

/** What an error says to a person: the server's own message, which tells what to do. */
export function messageOf(error: unknown): string {
  return error instanceof Error ? error.message : 'Something unexpected happened. Load the page again.';
}

/** A failure, with the id that finds it in the server's logs, and a way to try again where that makes sense. */
export function ErrorNotice({
  error,
  retry,
  label,
}: {
  readonly error: unknown;
  readonly retry?: () => void;
  /** What failed, put before the reason: "Failed to fetch logs". */
  readonly label?: string;
}) {
  const outage = useOutage();
  // The frame of the page says why, once; what is read comes back with the bus.
  if (outage !== null && retry && error instanceof ClientError && error.code === 'unavailable') {
    return <Notice>This cannot be read while the event bus is away. It appears when the bus is back.</Notice>;
  }
  const correlationId = error instanceof ClientError ? error.correlationId : null;
  return (
    <Notice
      tone="bad"
      actions={
        retry ? (
          <Button icon="redo" onClick={retry}>
            Try again
          </Button>
        ) : null
      }
    >
      {label === undefined ? messageOf(error) : `${label}: ${messageOf(error)}`}
      {correlationId === null ? null : (
        <div className="mt-0.5 text-xs text-muted">
          Correlation id <code className="select-all">{correlationId}</code>
        </div>
      )}
    </Notice>
  );
}

/** Grey bars while something is read; announced once. */
export function Loading({
  rows = 3,
  label = 'Loading',
}: {
  readonly rows?: number;
  readonly label?: string;
}) {
  return (
    <div role="status" aria-label={label} className="space-y-3 p-4">
      {Array.from({ length: rows }, (_, index) => (
        <div key={index} className="h-4 rounded-sm bg-hover breathing" />
      ))}
    </div>
  );
}
