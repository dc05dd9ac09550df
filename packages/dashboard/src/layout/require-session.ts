/** The door of every page that is only for somebody signed in. */
import { isClientError } from '@raptorflow/client';
import type { Session } from '@raptorflow/contract';
import type { QueryClient } from '@tanstack/react-query';
import { redirect } from '@tanstack/react-router';

import { sessionQuery } from '../data/session.ts';

/** Answers the session, or leads to the sign-in page and back afterwards. */
export async function requireSession(
  { queryClient }: { readonly queryClient: QueryClient },
  href: string,
): Promise<Session> {
  try {
    return await queryClient.query({ ...sessionQuery, staleTime: 'static' });
  } catch (error) {
    if (isClientError(error) && error.status === 401) {
      redirect({ to: '/sign-in', search: href === '/' ? {} : { to: href }, throw: true });
    }
    throw error;
  }
}
