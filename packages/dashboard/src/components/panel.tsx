/** The frames that pages are built from. */
import { type ReactNode, useEffect } from 'react';

import { classes } from './class-names.ts';

/** A page's title with what it is about and its actions. */
export function PageHeader({
  title,
  note,
  actions,
  trail,
  children,
}: {
  readonly title: string;
  readonly note?: ReactNode;
  readonly actions?: ReactNode;
  /** The list that this page belongs to, as a link. */
  readonly trail?: ReactNode;
  readonly children?: ReactNode;
}) {
  useEffect(() => {
    document.title = `${title} · RaptorFlow`;
  }, [title]);
  return (
    <header className="mb-5 flex flex-wrap items-start justify-between gap-x-6 gap-y-3">
      <div className="min-w-0 flex-1 basis-80">
        {trail === undefined ? null : <div className="mb-0.5 text-xs text-muted">{trail}</div>}
        <h1 className="text-xl font-semibold tracking-tight break-words">{title}</h1>
        {note === undefined ? null : <div className="mt-1 max-w-2xl text-muted">{note}</div>}
        {children}
      </div>
      {actions === undefined ? null : <div className="flex flex-wrap items-center gap-2">{actions}</div>}
    </header>
  );
}

/** A framed part of a page. */
export function Panel({
  title,
  note,
  actions,
  children,
  flush = false,
  className,
}: {
  readonly title?: ReactNode;
  readonly note?: ReactNode;
  readonly actions?: ReactNode;
  readonly children: ReactNode;
  /** The content brings its own padding, as lists do. */
  readonly flush?: boolean;
  readonly className?: string;
}) {
  return (
    <section className={classes('min-w-0 rounded-lg border border-line bg-surface', className)}>
      {title === undefined ? null : (
        <div className="flex flex-wrap items-center justify-between gap-x-4 gap-y-2 border-b border-line px-4 py-2.5">
          <div className="flex min-w-0 flex-wrap items-baseline gap-x-2">
            <h2 className="text-sm font-semibold">{title}</h2>
            {note === undefined ? null : <span className="text-xs text-muted">{note}</span>}
          </div>
          {actions}
        </div>
      )}
      <div className={flush ? '' : 'p-4'}>{children}</div>
    </section>
  );
}

/** A figure with what it counts and since when. */
export function Figure({
  label,
  value,
  note,
  children,
}: {
  readonly label: ReactNode;
  readonly value: ReactNode;
  readonly note?: ReactNode;
  readonly children?: ReactNode;
}) {
  return (
    <div className="min-w-0 rounded-lg border border-line bg-surface px-4 py-3">
      <div className="text-xs text-muted">{label}</div>
      <div className="mt-0.5 text-xl font-semibold tracking-tight tabular">{value}</div>
      {children}
      {note === undefined ? null : <div className="mt-1 text-xs text-muted">{note}</div>}
    </div>
  );
}

/** Names and values, aligned. */
export function Facts({ items }: { readonly items: readonly (readonly [string, ReactNode])[] }) {
  return (
    <dl className="grid grid-cols-[minmax(6rem,max-content)_minmax(0,1fr)] gap-x-6 gap-y-1.5">
      {items.map(([name, value]) => (
        <div key={name} className="contents">
          <dt className="text-muted">{name}</dt>
          <dd className="min-w-0 break-words">{value}</dd>
        </div>
      ))}
    </dl>
  );
}
