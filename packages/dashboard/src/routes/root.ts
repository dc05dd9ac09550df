/** The addresses outside of workspaces, and that of a workspace. */
import type { QueryClient } from '@tanstack/react-query';
import {
  createRootRouteWithContext,
  createRoute,
  lazyRouteComponent,
  notFound,
  Outlet,
  redirect,
} from '@tanstack/react-router';

import { campaignListQuery } from '../data/campaigns.ts';
import { api } from '../data/scope.ts';
import { FailurePage, NotFoundPage } from '../layout/plain-page.tsx';
import { requireSession } from '../layout/require-session.ts';
import { keepInvitation } from '../pages/invitation-code.ts';
import { readSearch } from '../search.ts';

/** What routes are given before they load. */
export interface Context {
  readonly queryClient: QueryClient;
}

/** Everything. */
export const root = createRootRouteWithContext<Context>()({
  component: Outlet,
  notFoundComponent: NotFoundPage,
  errorComponent: FailurePage,
});

/** The address without anything: the first workspace, or where to begin. */
export const home = createRoute({
  getParentRoute: () => root,
  path: '/',
  beforeLoad: async ({ context, location }): Promise<void> => {
    const session = await requireSession(context, location.href);
    const workspaceId = session.workspaces[0]?.workspace_id;
    if (workspaceId === undefined) {
      notFound({ throw: true });
      return;
    }
    const scope = { workspaceId, api: api.inWorkspace(workspaceId) };
    const campaigns = await context.queryClient.infiniteQuery(campaignListQuery(scope));
    const isFirstVisit = campaigns.pages.every((page) => page.items.length === 0);
    redirect({
      to: isFirstVisit ? '/w/$workspaceId/welcome' : '/w/$workspaceId',
      params: { workspaceId },
      throw: true,
    });
  },
});

/** Where somebody without a session is sent. */
export const signIn = createRoute({
  getParentRoute: () => root,
  path: '/sign-in',
  validateSearch: readSearch('to'),
  component: lazyRouteComponent(() => import('../pages/sign-in.tsx'), 'SignInPage'),
});

/** Where the link of an invitation leads. */
export const invitation = createRoute({
  getParentRoute: () => root,
  path: '/invitation',
  beforeLoad: async ({ context }): Promise<void> => {
    // Before anything leads away from here: the code must not go along in an address.
    keepInvitation();
    await requireSession(context, '/invitation');
  },
  component: lazyRouteComponent(() => import('../pages/invitation.tsx'), 'InvitationPage'),
});

/** Everything of one workspace; for its members. */
export const workspace = createRoute({
  getParentRoute: () => root,
  path: '/w/$workspaceId',
  beforeLoad: async ({ context, location, params }): Promise<void> => {
    const session = await requireSession(context, location.href);
    const isMember = session.workspaces.some((one) => one.workspace_id === params.workspaceId);
    if (!isMember) notFound({ throw: true });
  },
  component: lazyRouteComponent(() => import('../layout/workspace-layout.tsx'), 'WorkspaceLayout'),
});

/** For routes directly below the workspace. */
export const inWorkspace = { getParentRoute: () => workspace };
