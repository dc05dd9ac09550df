export {
  createIdentity,
  type Identity,
  type IdentityDeps,
  type IdentityOptions,
  type NewSession,
  type SignInLink,
  type TokenRequest,
} from './identity.ts';
export type {
  Entrance,
  MemberWorkspace,
  Principal,
  User,
  Workspace,
  WorkspaceHints,
  WorkspaceMember,
} from './principal.ts';
export { includesRole, requireRole, workspaceRoles, type WorkspaceRole } from './role.ts';
export { identityMigrations, identityTables } from './tables.ts';
export type { IssuedToken } from './token.ts';
export { workspaceChannel, type Workspaces } from './workspace-directory.ts';
