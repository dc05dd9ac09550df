/** Changes what the aliases of the workspace stand for. */
import type { ModelAliasChange } from '@raptorflow/contract';
import { useMutation, useQueryClient } from '@tanstack/react-query';

import { useScope } from './scope.ts';

/** An alias and what it shall mean. */
export interface AliasToSet extends ModelAliasChange {
  readonly alias: string;
}

/** Says what an alias stands for. */
export function useSetAlias() {
  const { api, workspaceId } = useScope();
  const queryClient = useQueryClient();
  return useMutation({
    mutationFn: ({ alias, ...body }: AliasToSet) => api.models.setAlias({ params: { alias }, body }),
    onSuccess: () => queryClient.invalidateQueries({ queryKey: [workspaceId, 'models'] }),
  });
}

/** Leaves an alias to the installation again, or removes one of the workspace's own. */
export function useUnsetAlias() {
  const { api, workspaceId } = useScope();
  const queryClient = useQueryClient();
  return useMutation({
    mutationFn: (alias: string) => api.models.unsetAlias({ params: { alias } }),
    onSuccess: () => queryClient.invalidateQueries({ queryKey: [workspaceId, 'models'] }),
  });
}
