/** Who is signed in. */
import type { Session } from '@raptorflow/contract';
import { queryOptions, useMutation, useQuery, useQueryClient, useSuspenseQuery } from '@tanstack/react-query';

import { api } from './scope.ts';

/** The session; fails with `unauthenticated` when there is none. */
export const sessionQuery = queryOptions({
  queryKey: ['session'],
  queryFn: ({ signal }) => api.session.current({ signal }),
  staleTime: 60_000,
});

/** The session of a page that is only shown to somebody signed in. */
export function useSession(): Session {
  return useSuspenseQuery(sessionQuery).data;
}

/** Whether the signed-in person is the installation's operator: whole channels and the server's own events are theirs alone. */
export function useIsOperator(): boolean {
  return useSession().user.operator;
}

/** How somebody signs in: by the code of a one-time link, or by a pasted token. */
export type Credential = { readonly code: string } | { readonly token: string };

/** Signs in and keeps the session. */
export function useSignIn() {
  const queryClient = useQueryClient();
  return useMutation({
    mutationFn: (credential: Credential) =>
      'code' in credential
        ? api.session.exchange({ body: { code: credential.code } })
        : api.session.signIn({ body: { token: credential.token } }),
    onSuccess: (session) => {
      queryClient.clear();
      queryClient.setQueryData(sessionQuery.queryKey, session);
    },
  });
}

/** How somebody can sign in here; asked by the sign-in page. */
export function useSignInMethods() {
  return useQuery({
    queryKey: ['sign-in-methods'],
    queryFn: ({ signal }) => api.session.methods({ signal }),
    staleTime: Number.POSITIVE_INFINITY,
  });
}

/** Signs out and forgets everything that was read. */
export function useSignOut() {
  const queryClient = useQueryClient();
  return useMutation({
    mutationFn: () => api.session.signOut(),
    onSuccess: () => queryClient.clear(),
  });
}

/** Makes a bearer token for programs of the signed-in person; it never carries the operator role. */
export function useIssueToken() {
  return useMutation({ mutationFn: () => api.session.issueToken({ body: { operator: false } }) });
}
