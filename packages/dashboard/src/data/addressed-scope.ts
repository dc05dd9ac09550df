/** Whose things an address means: the workspace's, or the whole installation's. */
import { useSearch } from '@tanstack/react-router';

import { useIsOperator } from './session.ts';

/** What is looked at. */
export type MetricScope = 'workspace' | 'installation';

/** The scope of the address, and the search that keeps it on the way to another page. */
export interface AddressedScope {
  readonly scope: MetricScope;
  readonly search: { readonly scope?: MetricScope };
}

/** Everybody has the workspace's; the operator has the whole installation's unless the address says otherwise. */
export function useAddressedScope(): AddressedScope {
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
