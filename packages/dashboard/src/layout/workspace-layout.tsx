/** The frame of every page of a workspace: header, side bar, and the live connection. */
import { Link, Outlet, useParams, useRouterState } from '@tanstack/react-router';
import { useEffect, useRef, useState } from 'react';

import { IconButton } from '../components/button.tsx';
import { Dialog } from '../components/dialog.tsx';
import { Mark } from '../components/icon.tsx';
import { useSession } from '../data/session.ts';
import { LiveProvider } from '../live/live-provider.tsx';
import { LiveSign } from './live-sign.tsx';
import { PersonMenu, WorkspaceMenu } from './menus.tsx';
import { Navigation } from './navigation.tsx';
import { OutageNotice } from './outage-notice.tsx';

/** Header, navigation and the page. */
export function WorkspaceLayout() {
  const { workspaceId } = useParams({ from: '/w/$workspaceId' });
  const session = useSession();
  const [drawerOpen, setDrawerOpen] = useState(false);
  const main = useRef<HTMLElement>(null);
  useFocusOnNavigation(main);
  return (
    <LiveProvider>
      <a
        href="#main"
        className="sr-only z-50 rounded-md bg-solid px-3 py-2 text-on-solid focus:not-sr-only focus:fixed focus:top-2 focus:left-2"
      >
        Skip to the page
      </a>
      <header className="sticky top-0 z-30 flex h-12 items-center gap-1 border-b border-line bg-canvas px-3 md:gap-2 md:px-4">
        <IconButton
          icon="menu"
          label="Open navigation"
          className="md:hidden"
          onClick={() => setDrawerOpen(true)}
        />
        <Link
          to="/w/$workspaceId"
          params={{ workspaceId }}
          aria-label="RaptorFlow, overview"
          className="flex items-center gap-2 rounded-md font-semibold tracking-tight"
        >
          <Mark />
          <span className="max-md:hidden">RaptorFlow</span>
        </Link>
        <span aria-hidden="true" className="text-line-strong max-md:hidden">
          /
        </span>
        <WorkspaceMenu session={session} workspaceId={workspaceId} />
        <div className="flex-1" />
        <LiveSign />
        <PersonMenu session={session} />
      </header>
      <div className="md:grid md:grid-cols-[12.5rem_minmax(0,1fr)]">
        <aside className="sticky top-12 h-[calc(100dvh-3rem)] overflow-y-auto border-r border-line p-3 max-md:hidden">
          <Navigation workspaceId={workspaceId} />
        </aside>
        <main ref={main} id="main" tabIndex={-1} className="min-w-0 px-4 py-5 outline-none sm:px-6">
          <div className="mx-auto max-w-[76rem]">
            <OutageNotice />
            <Outlet />
          </div>
        </main>
      </div>
      <Dialog open={drawerOpen} onClose={() => setDrawerOpen(false)} title="Go to">
        <Navigation workspaceId={workspaceId} onGo={() => setDrawerOpen(false)} />
      </Dialog>
    </LiveProvider>
  );
}

/** Moves the focus to the new page, so that keyboard and screen reader go on there and not at the top again. */
function useFocusOnNavigation(main: React.RefObject<HTMLElement | null>) {
  const path = useRouterState({ select: (state) => state.resolvedLocation?.pathname });
  const before = useRef(path);
  useEffect(() => {
    if (before.current !== undefined && before.current !== path) main.current?.focus({ preventScroll: true });
    before.current = path;
  }, [path, main]);
}
