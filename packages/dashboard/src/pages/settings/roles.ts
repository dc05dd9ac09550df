/** Roles as the settings offer them. */
import type { GrantedRole, WorkspaceRole } from '@raptorflow/contract';

const ranks: Readonly<Record<WorkspaceRole, number>> = { owner: 4, admin: 3, member: 2, viewer: 1 };

/** Whether `role` includes everything that `least` may do. */
export function includesRole(role: WorkspaceRole, least: WorkspaceRole): boolean {
  return ranks[role] >= ranks[least];
}

const roles: readonly WorkspaceRole[] = ['owner', 'admin', 'member', 'viewer'];

/** The roles that can be given to somebody new, and to a key. */
export const grantedRoles: readonly (readonly [GrantedRole, string])[] = [
  ['admin', 'Admin'],
  ['member', 'Member'],
  ['viewer', 'Viewer'],
];

/** The role that a choice stands for. */
export function grantedRoleOf(value: string): GrantedRole {
  return grantedRoles.find(([role]) => role === value)?.[0] ?? 'member';
}

/** Which roles somebody may give to a member who has one now: up to their own, and only if the member's is not above it. */
export function assignableRoles(own: WorkspaceRole, present: WorkspaceRole): readonly WorkspaceRole[] {
  if (!includesRole(own, 'admin') || !includesRole(own, present)) return [];
  return roles.filter((role) => includesRole(own, role));
}
