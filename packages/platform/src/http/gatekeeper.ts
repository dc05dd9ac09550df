/** The gatekeeper over the identity of the runtime. */
import { requireRole, type Identity } from '@raptorflow/runtime';
import type { Gatekeeper } from './call.ts';

/** Builds it. Memberships are read at every request, so that a removal holds at once. */
export function createGatekeeper(identity: Identity): Gatekeeper {
  return {
    async identify(token) {
      const principal = await identity.verifyToken(token);
      return {
        userId: principal.userId,
        name: principal.displayName,
        operator: principal.operator,
        expiresAtMs: principal.expiresAt,
        tokenId: principal.tokenId,
      };
    },
    async enter(caller, hints, least) {
      const entrance = await identity.workspaces.resolve(caller.userId, hints);
      requireRole(entrance.role, least);
      return entrance;
    },
  };
}
