/** The API as the page's address scopes it: every call below a workspace's address is about that workspace. */
import { type Client, createClient, isClientError } from '@raptorflow/client';
import { QueryClient } from '@tanstack/react-query';
import { useParams } from '@tanstack/react-router';
import { useMemo } from 'react';

/** Calls of no workspace: sign-in, session, health. The session cookie identifies the caller. */
export const api: Client = createClient({ baseUrl: '' });

/** A workspace and the client bound to it. */
export interface Scope {
  readonly workspaceId: string;
  readonly api: Client;
}

/** The scope of the current address; only pages below `/w/$workspaceId` may ask for it. */
export function useScope(): Scope {
  const { workspaceId } = useParams({ from: '/w/$workspaceId' });
  return useMemo(() => ({ workspaceId, api: api.inWorkspace(workspaceId) }), [workspaceId]);
}

/** Answers that will not change by asking again are not asked for again. */
function shouldRetry(failureCount: number, error: Error): boolean {
  if (isClientError(error) && error.status >= 400 && error.status < 500) return false;
  return failureCount < 2;
}

/** Makes the cache of everything read from the API. */
export function createQueryClient(): QueryClient {
  return new QueryClient({
    defaultOptions: {
      queries: { retry: shouldRetry, staleTime: 2_000, refetchOnWindowFocus: true },
      mutations: { retry: false },
    },
  });
}
