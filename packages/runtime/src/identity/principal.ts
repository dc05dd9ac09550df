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

/** A workspace that the caller may enter, and as what. */
export interface Entrance {
  readonly workspaceId: string;
  readonly role: WorkspaceRole;
}
