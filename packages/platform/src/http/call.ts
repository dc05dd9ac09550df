/** Who is calling, where, and as what: settled once per request, before its body is read. */
import type { RouteRole } from '@raptorflow/contract';
import type { AuditedDoing } from './audited.ts';
import type { FastifyReply, FastifyRequest } from 'fastify';

/** A verified caller. */
export interface Caller {
  readonly userId: string;
  readonly name: string;
  readonly operator: boolean;
  /** When the caller's token ends, epoch milliseconds. */
  readonly expiresAtMs: number;
  readonly tokenId: string;
  /** What an API key holds its caller to; absent for people. */
  readonly key?: KeyLimits;
}

/** What an API key holds its caller to. */
export interface KeyLimits {
  readonly keyId: string;
  /** The only workspace that it may enter. */
  readonly workspaceId: string;
  /** Empty for everything that its role may. */
  readonly scopes: readonly ('dispatch' | 'read')[];
}

/** A workspace that the caller may enter, and the caller's role in it. */
export interface Entrance {
  readonly workspaceId: string;
  readonly role: 'owner' | 'admin' | 'member' | 'viewer';
}

/** What a request said about the workspace it means, in the order of precedence. */
export interface WorkspaceHints {
  readonly header: string | undefined;
  readonly query: string | undefined;
  readonly path: string | undefined;
}

/** Decides who a caller is and where they may go. Both methods throw when the answer is "not at all". */
export interface Gatekeeper {
  /** Throws `unauthenticated` kinds for a missing, forged, expired or revoked token. */
  identify(token: string): Promise<Caller>;
  /** Who calls and where they are, at once. Throws as `identify` does, then not-found for an unknown workspace, then forbidden for a stranger or a role that is too low. */
  admit(
    token: string,
    hints: WorkspaceHints,
    least: Exclude<RouteRole, 'public' | 'user' | 'operator'>,
  ): Promise<{ readonly caller: Caller; readonly entrance: Entrance }>;
}

/** What a handler receives beside its validated input. */
export interface Call {
  readonly correlationId: string;
  /** Aborts when the client goes away. */
  readonly signal: AbortSignal;
  /** The caller; asking for it on a public route without a sign-in throws `unauthenticated`. */
  readonly caller: Caller;
  /** Undefined on public routes when nobody is signed in. */
  readonly callerIfAny: Caller | undefined;
  /** The resolved workspace; asking for it on a route without one is a bug. */
  readonly workspaceId: string;
  readonly role: Entrance['role'];
  /**
   * Does what the caller asked for between two rows of the audit log: it is not begun before its intent is durable, and how it ended
   * is recorded too. The row names the caller and the correlation id. Rejects with what the work rejects with.
   */
  audited<T>(doing: AuditedDoing<T>, work: () => T | Promise<T>): Promise<T>;
  readonly request: FastifyRequest;
  readonly reply: FastifyReply;
}

/** The name of the browser's session cookie. */
export const sessionCookie = 'raptorflow_session';

/** A token and how it came: a cookie is only trusted together with an Origin of ours. */
export interface Credentials {
  readonly token: string;
  readonly from: 'header' | 'cookie';
}

/** The credentials of a request, if it carries any. Tokens in the query are never read: they would end up in logs. */
export function readCredentials(request: FastifyRequest): Credentials | undefined {
  const header = request.headers.authorization;
  if (header !== undefined) {
    const match = /^Bearer ([^\s]{1,8192})$/i.exec(header.trim());
    return match?.[1] === undefined ? { token: '', from: 'header' } : { token: match[1], from: 'header' };
  }
  const cookie = request.cookies[sessionCookie];
  return cookie === undefined || cookie === '' ? undefined : { token: cookie, from: 'cookie' };
}
