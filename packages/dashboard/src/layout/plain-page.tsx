/** Pages outside a workspace: sign-in, not found, a failure of the whole. */
import { isClientError } from '@raptorflow/client';
import { Link } from '@tanstack/react-router';
import { type ReactNode, useEffect } from 'react';

import { Button, buttonClasses } from '../components/button.tsx';
import { messageOf } from '../components/feedback.tsx';
import { Mark } from '../components/icon.tsx';

/** A card in the middle of an otherwise empty page. */
export function PlainPage({ title, children }: { readonly title: string; readonly children: ReactNode }) {
  useEffect(() => {
    document.title = `${title} · RaptorFlow`;
  }, [title]);
  return (
    <main className="mx-auto flex min-h-dvh max-w-md flex-col justify-center px-4 py-10">
      <div className="mb-6 flex items-center gap-2.5 font-semibold tracking-tight">
        <Mark className="size-7" />
        RaptorFlow
      </div>
      <h1 className="text-xl font-semibold tracking-tight">{title}</h1>
      <div className="mt-3 space-y-4">{children}</div>
    </main>
  );
}

/** An address that leads nowhere. */
export function NotFoundPage() {
  return (
    <PlainPage title="There is no such page">
      <p className="text-muted">The address may be mistyped, or what it showed was deleted.</p>
      <Link to="/" className={buttonClasses('solid')}>
        Go to the overview
      </Link>
    </PlainPage>
  );
}

/** The whole page could not be shown. */
export function FailurePage({ error, reset }: { readonly error: unknown; readonly reset: () => void }) {
  const unreachable = isClientError(error, 'unreachable') || isClientError(error, 'timeout');
  return (
    <PlainPage title={unreachable ? 'The server does not answer' : 'This page could not be shown'}>
      <p className="text-muted">{messageOf(error)}</p>
      <Button tone="solid" icon="redo" onClick={reset}>
        Try again
      </Button>
    </PlainPage>
  );
}
