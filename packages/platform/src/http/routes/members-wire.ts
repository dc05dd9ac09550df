/** Members, invitations and API keys on the wire. */
import type {
  ApiKey as WireApiKey,
  Invitation as WireInvitation,
  WorkspaceMember as WireMember,
} from '@raptorflow/contract';
import type { ApiKey, Invitation, WorkspaceMember } from '@raptorflow/runtime';

const momentOf = (epochMs: number): string => new Date(epochMs).toISOString();
const momentOrNull = (epochMs: number | null): string | null => (epochMs === null ? null : momentOf(epochMs));

/** A member. */
export function memberToWire(member: WorkspaceMember): WireMember {
  return {
    user_id: member.userId,
    email: member.email,
    display_name: member.displayName,
    role: member.role,
    joined_at: momentOf(member.joinedAt),
  };
}

/** An invitation, without its code. */
export function invitationToWire(invitation: Invitation): WireInvitation {
  return {
    id: invitation.id,
    email: invitation.email,
    role: invitation.role,
    invited_by: invitation.invitedBy,
    created_at: momentOf(invitation.createdAt),
    expires_at: momentOf(invitation.expiresAt),
  };
}

/** A key, without its secret. */
export function apiKeyToWire(key: ApiKey): WireApiKey {
  return {
    id: key.id,
    name: key.name,
    prefix: key.prefix,
    role: key.role,
    scopes: [...key.scopes],
    created_by: key.createdBy,
    created_at: momentOf(key.createdAt),
    expires_at: momentOrNull(key.expiresAt),
    last_used_at: momentOrNull(key.lastUsedAt),
  };
}
