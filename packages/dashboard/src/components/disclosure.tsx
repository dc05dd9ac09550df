/** A row that opens to its details. */
import type { ReactNode } from 'react';

import { Icon } from './icon.tsx';

/** Built on `details`, so that keyboard, find-in-page and screen readers know it. */
export function Disclosure({
  summary,
  children,
  open,
}: {
  readonly summary: ReactNode;
  readonly children: ReactNode;
  readonly open?: boolean;
}) {
  return (
    <details open={open} className="group/disclosure">
      <summary className="flex items-start gap-2 px-4 py-2 hover:bg-hover/60 [&::-webkit-details-marker]:hidden">
        <Icon
          name="chevron"
          className="mt-[3px] size-3.5 -rotate-90 text-muted transition-transform group-open/disclosure:rotate-0"
        />
        {summary}
      </summary>
      <div className="space-y-3 px-4 pt-1 pb-4 sm:pl-10">{children}</div>
    </details>
  );
}
