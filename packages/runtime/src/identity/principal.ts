import type { ApiKeyScope, KeyRole } from './api-key.ts';
import type { WorkspaceRole } from './role.ts';

/** A verified caller. */
export interface Principal {
  readonly userId: string;
  readonly displayName: string;
  /** Whether the caller acts as the installation's operator. */
  readonly operator: boolean;
  readonly tokenId: string;
  /** When the token ends, epoch milliseconds. */
  readonly expiresAt: number;
  /** What the caller is held to, when a program calls with an API key; absent for people. */
  readonly key?: KeyLimits;
}

/** What a caller with an API key is held to. */
export interface KeyLimits {
  readonly keyId: string;
  /** The only workspace it may enter. */
  readonly workspaceId: string;
  /** The most it may be there. */
  readonly role: KeyRole;
  /** Narrower than the role; empty for everything that the role may. */
  readonly scopes: readonly ApiKeyScope[];
}

/** A user of the installation. */
export interface User {
  readonly id: string;
  readonly email: string | null;
  readonly displayName: string;
  readonly operator: boolean;
  readonly createdAt: number;
}

/** A workspace: the tenant that owns everything else. Times are epoch milliseconds. */
export interface Workspace {
  readonly id: string;
  readonly name: string;
  /** kebab-case, unique in the installation; does not follow a later rename. */
  readonly slug: string;
  /** IANA name. */
  readonly timeZone: string;
  readonly createdAt: number;
  readonly updatedAt: number;
}

/** A workspace as one of its members sees it. */
export interface MemberWorkspace extends Workspace {
  readonly role: WorkspaceRole;
}

/** One member of a workspace. */
export interface WorkspaceMember {
  readonly userId: string;
  readonly email: string | null;
  readonly displayName: string;
  readonly role: WorkspaceRole;
  readonly joinedAt: number;
}

/** What a request says about the workspace it means. */
export interface WorkspaceHints {
  /** The header `X-Workspace-Id`. */
  readonly header?: string | undefined;
  /** The query parameter `workspace_id`. */
  readonly query?: string | undefined;
  /** The path parameter. */
  readonly path?: string | undefined;
}

/** A caller, and where they are. */
export interface Admission {
  readonly principal: Principal;
  readonly entrance: Entrance;
}

/** A workspace that the caller may enter, and as what. */
export interface Entrance {
  readonly workspaceId: string;
  readonly role: WorkspaceRole;
}
