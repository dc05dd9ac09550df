/** Reads and changes workspaces. */
import type { WorkspaceMember } from '@raptorflow/contract';
import { useMutation, useQuery, useQueryClient } from '@tanstack/react-query';

import { listQuery, type Listing, useListing } from './pages.ts';
import { api as globalApi, useScope } from './scope.ts';
import { sessionQuery } from './session.ts';

/** The current workspace. */
export function useWorkspace() {
  const { api, workspaceId } = useScope();
  return useQuery({
    queryKey: [workspaceId, 'workspace'],
    queryFn: ({ signal }) => api.workspaces.get({ params: { workspace_id: workspaceId }, signal }),
  });
}

/** Its members. */
export function useMembers(): Listing<WorkspaceMember> {
  const { api, workspaceId } = useScope();
  return useListing(
    listQuery([workspaceId, 'members'], (cursor, signal) =>
      api.workspaces.members({ params: { workspace_id: workspaceId }, query: { cursor }, signal }),
    ),
  );
}

/** Changes the name or the time zone of the current workspace. */
export function useChangeWorkspace() {
  const { api, workspaceId } = useScope();
  const queryClient = useQueryClient();
  return useMutation({
    mutationFn: (body: { readonly name?: string; readonly time_zone?: string }) =>
      api.workspaces.update({ params: { workspace_id: workspaceId }, body }),
    onSuccess: async () => {
      await queryClient.invalidateQueries({ queryKey: [workspaceId, 'workspace'] });
      await queryClient.invalidateQueries({ queryKey: sessionQuery.queryKey });
    },
  });
}

/** Creates a workspace; the session learns of it before the caller goes there. */
export function useCreateWorkspace() {
  const queryClient = useQueryClient();
  return useMutation({
    mutationFn: (name: string) => globalApi.workspaces.create({ body: { name, time_zone: localTimeZone() } }),
    onSuccess: () => queryClient.refetchQueries({ queryKey: sessionQuery.queryKey }),
  });
}

/** Deletes the current workspace for good; the session forgets it before the page does. */
export function useDeleteWorkspace() {
  const { api, workspaceId } = useScope();
  const queryClient = useQueryClient();
  return useMutation({
    mutationFn: (name: string) =>
      api.workspaces.delete({ params: { workspace_id: workspaceId }, body: { name } }),
    onSuccess: () => queryClient.refetchQueries({ queryKey: sessionQuery.queryKey }),
  });
}

function localTimeZone(): string {
  return Intl.DateTimeFormat().resolvedOptions().timeZone;
}
