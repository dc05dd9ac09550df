/** The gatekeeper over the identity of the runtime. */
import { requireRole, type Identity, type Principal } from '@raptorflow/runtime';
import type { Caller, Gatekeeper } from './call.ts';

/** Builds it. Tokens and memberships are read at every request, together, so that a removal holds at once. */
export function createGatekeeper(identity: Pick<Identity, 'admit' | 'verifyToken'>): Gatekeeper {
  return {
    identify: async (token) => callerOf(await identity.verifyToken(token)),
    async admit(token, hints, least) {
      const { principal, entrance } = await identity.admit(token, hints);
      requireRole(entrance.role, least);
      return { caller: callerOf(principal), entrance };
    },
  };
}

function callerOf({ userId, displayName, operator, expiresAt, tokenId, key }: Principal): Caller {
  const caller = { userId, name: displayName, operator, expiresAtMs: expiresAt, tokenId };
  if (!key) return caller;
  const { keyId, workspaceId, scopes } = key;
  return { ...caller, key: { keyId, workspaceId, scopes } };
}
