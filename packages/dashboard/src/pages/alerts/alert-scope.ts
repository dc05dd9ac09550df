/** Whose alerts an address means, and what the reader may do about them. */
import { useSearch } from '@tanstack/react-router';

import type { AlertScope } from '../../data/alerts.ts';
import { useScope } from '../../data/scope.ts';
import { useIsOperator, useSession } from '../../data/session.ts';

/** The scope of the address, and the search that keeps it on the way to another page. */
export interface AddressedScope {
  readonly scope: AlertScope;
  readonly search: { readonly scope?: AlertScope };
}

/** Everybody has the workspace's alerts; the operator has the installation's unless the address says otherwise. */
export function useAlertScope(): AddressedScope {
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

/** What the reader may do: members acknowledge and silence, admins change rules. */
export function useAlertRights(): { readonly mayAct: boolean; readonly mayChangeRules: boolean } {
  const { workspaceId } = useScope();
  const role = useSession().workspaces.find((one) => one.workspace_id === workspaceId)?.role;
  const mayChangeRules = role === 'owner' || role === 'admin';
  return { mayAct: mayChangeRules || role === 'member', mayChangeRules };
}
