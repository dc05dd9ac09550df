export type { ApiKey, ApiKeyScope, KeyRole } from './api-key.ts';
export type { ApiKeys, MadeApiKey, NewApiKey } from './api-keys.ts';
export { workspaceChannel, type IdentityChange } from './change.ts';
export type { BegunSignIn, CodeFlow, CodeFlowOptions, ReturnedSignIn } from './code-flow.ts';
export {
  createIdentity,
  type Identity,
  type IdentityDeps,
  type NewSession,
  type SignInLink,
  type TokenRequest,
} from './identity.ts';
export type {
  IdentityLimits,
  IdentityOptions,
  IdentityProviders,
  IdentityTablesOptions,
} from './identity-options.ts';
export type { AcceptedInvitation, Invitation, Invitations, MadeInvitation } from './invitations.ts';
export type { ForeignUser, IssuerOptions } from './issuers.ts';
export type {
  Admission,
  Entrance,
  KeyLimits,
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
export type { WorkspaceChronicle } from './workspace-chronicle.ts';
export type { Workspaces } from './workspace-directory.ts';
export type { WorkspaceRemovals } from './workspace-removals.ts';
