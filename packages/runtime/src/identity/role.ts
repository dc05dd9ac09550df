import { RaptorFlowError } from 'raptorflow/kernel';

/** What a member may do in a workspace, from most to least: an owner may all that an admin may, and so on down. */
export type WorkspaceRole = 'owner' | 'admin' | 'member' | 'viewer';

const ranks: Readonly<Record<WorkspaceRole, number>> = { owner: 4, admin: 3, member: 2, viewer: 1 };

/** All roles, from most to least. */
export const workspaceRoles: readonly WorkspaceRole[] = ['owner', 'admin', 'member', 'viewer'];

/** Whether `role` includes everything that `least` may do. */
export function includesRole(role: WorkspaceRole, least: WorkspaceRole): boolean {
  return ranks[role] >= ranks[least];
}

/** Throws `forbidden` unless `role` includes everything that `least` may do. */
export function requireRole(role: WorkspaceRole, least: WorkspaceRole): void {
  if (includesRole(role, least)) return;
  throw new RaptorFlowError(
    'forbidden',
    `This needs the role ${least} in the workspace; yours is ${role}. Ask an admin or the owner of the workspace.`,
    { details: { role, required_role: least } },
  );
}

/** The lesser of two roles. */
export function lesserRole(one: WorkspaceRole, other: WorkspaceRole): WorkspaceRole {
  return includesRole(one, other) ? other : one;
}

/** A role as it is stored. Throws `storage_corrupt` for any other word. */
export function toRole(text: string): WorkspaceRole {
  const role = workspaceRoles.find((each) => each === text);
  if (role) return role;
  throw new RaptorFlowError('storage_corrupt', `A table of the identity holds the unknown role "${text}".`);
}
