/** Sign-in: one-time links, pasted tokens, the session cookie, and tokens for programs. */
import { routes, type RouteReply, type Session } from '@raptorflow/contract';
import type { Identity, Principal } from '@raptorflow/runtime';
import { RaptorFlowError, type Clock, type Logger } from 'raptorflow/kernel';
import type { FastifyInstance } from 'fastify';
import { readCredentials, sessionCookie, type Call } from '../call.ts';
import { auditSignIns, type SignInMethod } from '../audited-sign-ins.ts';
import { registerRoutes, type RegisterDeps } from '../register.ts';
import { beginAtProvider, finishAtProvider } from './provider-sign-in.ts';

/** What the session routes answer from. */
export interface SessionRouteDeps extends RegisterDeps {
  readonly identity: Identity;
  readonly server: Session['server'];
  /** Makes a one-time sign-in link for a user; throws `forbidden` where links are switched off. */
  readonly signInLink: (userId: string) => Promise<{ url: string; expiresAt: number }>;
  readonly clock: Clock;
  /** How the OpenID provider is called on the sign-in page; null where there is none. */
  readonly providerName: string | null;
  readonly log: Logger;
}

/** Registers `/api/v1/auth/…`. */
export function registerSessionRoutes(app: FastifyInstance, deps: SessionRouteDeps): void {
  const { identity } = deps;
  const { describe, begin, isSecure, keep } = sessionKeeping(deps);
  const provider = { identity, log: deps.log, isSecure, keep };
  registerRoutes(
    app,
    routes.session,
    {
      beginAtProvider: ({ query }, call) => beginAtProvider(call, query.to, provider),
      current: async (_input, call) =>
        describe(await identity.verifyToken(readCredentials(call.request)?.token ?? '')),
      exchange: ({ body }, call) =>
        begin(call, 'link', async () => (await identity.redeemSignInLink(body.code)).token),
      finishAtProvider: ({ query }, call) => finishAtProvider(call, query, provider),
      async issueLink(_input, call) {
        const link = await deps.signInLink(call.caller.userId);
        return { url: link.url, expires_at: new Date(link.expiresAt).toISOString() };
      },
      issueToken: ({ body }, call) => issueToken(identity, body, call),
      methods: () => ({
        token: true as const,
        links: deps.server.environment !== 'production',
        provider:
          deps.providerName === null
            ? null
            : { name: deps.providerName, url: routes.session.beginAtProvider.path },
      }),
      signIn: ({ body }, call) => begin(call, 'token', async () => body.token),
      async signOut(_input, call) {
        const caller = call.callerIfAny;
        if (caller && !caller.key) {
          await call.audited(
            { action: 'session.sign_out', target: { kind: 'user', id: caller.userId } },
            () => identity.revokeToken({ tokenId: caller.tokenId, expiresAt: caller.expiresAtMs }),
          );
        }
        void call.reply.clearCookie(sessionCookie, { path: '/' });
        return { signed_out: true as const };
      },
    },
    deps,
  );
}

interface TokenAsked {
  readonly operator: boolean;
  readonly lifetime_seconds: number;
}

async function issueToken(
  identity: Identity,
  body: TokenAsked,
  call: Call,
): Promise<RouteReply<typeof routes.session.issueToken>> {
  if (body.operator && !call.caller.operator) {
    throw new RaptorFlowError('forbidden', 'Only the operator can make a token with the operator role.');
  }
  const ttlMs = body.lifetime_seconds * 1000;
  const { userId } = call.caller;
  const issued = await call.audited(
    {
      action: 'session.issue_token',
      target: { kind: 'user', id: userId },
      details: { operator: body.operator, lifetime_seconds: body.lifetime_seconds },
    },
    () => identity.issueToken(body.operator ? { operator: true, ttlMs } : { userId, ttlMs }),
  );
  return {
    token: issued.token,
    expires_at: new Date(issued.expiresAt).toISOString(),
    operator: body.operator,
  };
}

/** How a session begins and what is said of it. */
interface SessionKeeping {
  readonly describe: (principal: Principal) => Promise<Session>;
  readonly isSecure: (call: Call) => boolean;
  /** Puts a session into the browser's cookie. */
  readonly keep: (call: Call, session: { readonly token: string; readonly expiresAt: number }) => void;
  /** Checks a token and puts it into the cookie. */
  readonly begin: (call: Call, method: SignInMethod, prove: () => Promise<string>) => Promise<Session>;
}

function sessionKeeping(deps: SessionRouteDeps): SessionKeeping {
  const { identity } = deps;
  const describe = async (principal: Principal): Promise<Session> => {
    const user = await identity.getUser(principal.userId);
    const all = await identity.workspaces.list(principal.userId);
    const { key } = principal;
    const workspaces = key ? all.filter(({ id }) => id === key.workspaceId) : all;
    return {
      user: { id: user.id, email: user.email, display_name: user.displayName, operator: principal.operator },
      workspaces: workspaces.map(({ id, name, role }) => ({ workspace_id: id, workspace_name: name, role })),
      expires_at: new Date(principal.expiresAt).toISOString(),
      server: deps.server,
    };
  };
  const isSecure = (call: Call): boolean =>
    deps.server.environment === 'production' || call.request.protocol === 'https';
  const keep = (call: Call, { token, expiresAt }: { token: string; expiresAt: number }): void => {
    void call.reply.setCookie(sessionCookie, token, {
      path: '/',
      httpOnly: true,
      sameSite: 'strict',
      secure: isSecure(call),
      expires: new Date(expiresAt),
    });
  };
  const signIns = auditSignIns(deps.audit, deps.clock);
  const begin = async (call: Call, method: SignInMethod, prove: () => Promise<string>): Promise<Session> => {
    const { token, principal } = await signIns.attempt(call, method, async () => {
      const proven = await prove();
      const verified = await identity.verifyToken(proven);
      if (verified.key) {
        throw new RaptorFlowError(
          'forbidden',
          'An API key is for programs and begins no session; paste a token that "raptorflow token" made, or one of your identity provider.',
        );
      }
      return { token: proven, principal: verified };
    });
    await identity.workspaces.ensureFirst(principal.userId);
    keep(call, { token, expiresAt: principal.expiresAt });
    return describe(principal);
  };
  return { describe, isSecure, keep, begin };
}
