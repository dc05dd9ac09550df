/** Whose resources an address means, and what the reader may do about them. */
import { useSearch } from '@tanstack/react-router';

import type { ResourceScope } from '../../data/resources.ts';
import { useScope } from '../../data/scope.ts';
import { useIsOperator, useSession } from '../../data/session.ts';

/** The scope of the address, and the search that keeps it on the way to another view. */
export interface AddressedScope {
  readonly scope: ResourceScope;
  readonly search: { readonly scope?: ResourceScope };
}

/** Everybody has the workspace's; the operator has the whole installation's unless the address says otherwise. */
export function useResourceScope(): AddressedScope {
  const isOperator = useIsOperator();
  const { scope: asked } = useSearch({ strict: false });
  return scopeOf(isOperator, asked);
}

/** The scope that is meant by what the address says. */
export function scopeOf(isOperator: boolean, asked: string | undefined): AddressedScope {
  if (!isOperator) return { scope: 'workspace', search: {} };
  return asked === 'workspace'
    ? { scope: 'workspace', search: { scope: 'workspace' } }
    : { scope: 'installation', search: {} };
}

/** Why the reader may change nothing here; undefined for admins, who may. */
export function useReadOnlyReason(): string | undefined {
  const { workspaceId } = useScope();
  const role = useSession().workspaces.find((one) => one.workspace_id === workspaceId)?.role;
  if (role === 'owner' || role === 'admin') return undefined;
  return 'Only admins of this workspace close resources, judge leaks and change quotas.';
}
