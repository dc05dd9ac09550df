/** Tabs that are links: each view has its own address. */
import { Link, type LinkProps } from '@tanstack/react-router';
import type { ReactNode } from 'react';

/** One tab. */
export interface Tab {
  readonly label: ReactNode;
  readonly link: Pick<LinkProps, 'to' | 'params' | 'search'>;
  /** Only the exact address is this tab's, not those below it. */
  readonly exact?: boolean;
}

/** A row of tabs; the current one is marked for screen readers too. */
export function TabLinks({ label, tabs }: { readonly label: string; readonly tabs: readonly Tab[] }) {
  return (
    <nav
      aria-label={label}
      className="-mx-4 mb-4 overflow-x-auto overflow-y-hidden border-b border-line px-4 sm:mx-0 sm:px-0"
    >
      <ul className="flex gap-1">
        {tabs.map((tab) => (
          <li key={String(tab.link.to)}>
            <Link
              {...tab.link}
              activeOptions={{ exact: tab.exact ?? false, includeSearch: false }}
              className="-mb-px block rounded-t-md border-b-2 border-transparent px-3 py-2 font-medium whitespace-nowrap text-muted hover:text-text aria-[current=page]:border-accent aria-[current=page]:text-text"
            >
              {tab.label}
            </Link>
          </li>
        ))}
      </ul>
    </nav>
  );
}
