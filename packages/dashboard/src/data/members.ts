/** Reads and changes who is in the workspace, who is invited, and which keys programs have. */
import type { ApiKey, ApiKeyScope, GrantedRole, Invitation, WorkspaceRole } from '@raptorflow/contract';
import { useMutation, useQueryClient } from '@tanstack/react-query';

import { listQuery, type Listing, useListing } from './pages.ts';
import { api as globalApi, useScope } from './scope.ts';
import { sessionQuery } from './session.ts';

/** What a change of membership is read anew by. */
function useRefresh(name: 'api-keys' | 'invitations' | 'members') {
  const { workspaceId } = useScope();
  const queryClient = useQueryClient();
  return () => queryClient.invalidateQueries({ queryKey: [workspaceId, name] });
}

/** Gives a member another role. */
export function useSetRole() {
  const { api } = useScope();
  const refresh = useRefresh('members');
  return useMutation({
    mutationFn: ({ userId, role }: { readonly userId: string; readonly role: WorkspaceRole }) =>
      api.members.setRole({ params: { user_id: userId }, body: { role } }),
    onSuccess: refresh,
  });
}

/** Ends a membership. */
export function useRemoveMember() {
  const { api } = useScope();
  const refresh = useRefresh('members');
  return useMutation({
    mutationFn: (userId: string) => api.members.remove({ params: { user_id: userId } }),
    onSuccess: refresh,
  });
}

/** Leaves the workspace; the session forgets it before the page does. */
export function useLeave() {
  const { api } = useScope();
  const queryClient = useQueryClient();
  return useMutation({
    mutationFn: () => api.members.leave(),
    onSuccess: () => queryClient.refetchQueries({ queryKey: sessionQuery.queryKey }),
  });
}

/** The open invitations. */
export function useInvitations(): Listing<Invitation> {
  const { api, workspaceId } = useScope();
  return useListing(
    listQuery([workspaceId, 'invitations'], (cursor, signal) =>
      api.invitations.list({ query: { cursor }, signal }),
    ),
  );
}

/** Invites somebody; the answer holds the link, which is shown once. */
export function useInvite() {
  const { api } = useScope();
  const refresh = useRefresh('invitations');
  return useMutation({
    mutationFn: (body: { readonly email: string; readonly role: GrantedRole }) =>
      api.invitations.create({ body }),
    onSuccess: refresh,
  });
}

/** Takes an invitation back. */
export function useRevokeInvitation() {
  const { api } = useScope();
  const refresh = useRefresh('invitations');
  return useMutation({
    mutationFn: (id: string) => api.invitations.revoke({ params: { invitation_id: id } }),
    onSuccess: refresh,
  });
}

/** Accepts an invitation; the session learns of the workspace before the caller goes there. */
export function useAcceptInvitation() {
  const queryClient = useQueryClient();
  return useMutation({
    mutationFn: (code: string) => globalApi.invitations.accept({ body: { code } }),
    onSuccess: () => queryClient.refetchQueries({ queryKey: sessionQuery.queryKey }),
  });
}

/** The keys of the workspace. */
export function useApiKeys(): Listing<ApiKey> {
  const { api, workspaceId } = useScope();
  return useListing(
    listQuery([workspaceId, 'api-keys'], (cursor, signal) => api.apiKeys.list({ query: { cursor }, signal })),
  );
}

/** Makes a key; the answer holds it whole, once. */
export function useCreateApiKey() {
  const { api } = useScope();
  const refresh = useRefresh('api-keys');
  return useMutation({
    mutationFn: (body: {
      readonly name: string;
      readonly role: GrantedRole;
      readonly scopes: ApiKeyScope[];
      readonly lifetime_seconds: number | null;
    }) => api.apiKeys.create({ body }),
    onSuccess: refresh,
  });
}

/** Revokes a key. */
export function useRevokeApiKey() {
  const { api } = useScope();
  const refresh = useRefresh('api-keys');
  return useMutation({
    mutationFn: (id: string) => api.apiKeys.revoke({ params: { key_id: id } }),
    onSuccess: refresh,
  });
}
