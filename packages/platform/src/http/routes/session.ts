/** Sign-in: one-time links, pasted tokens, the session cookie, and tokens for programs. */
import { routes, type RouteReply, type Session } from '@raptorflow/contract';
import type { Identity, Principal } from '@raptorflow/runtime';
import { RaptorFlowError, type Clock } from 'raptorflow/kernel';
import type { FastifyInstance } from 'fastify';
import { readCredentials, sessionCookie, type Call } from '../call.ts';
import { auditSignIns, type SignInMethod } from '../audited-sign-ins.ts';
import { registerRoutes, type RegisterDeps } from '../register.ts';

/** What the session routes answer from. */
export interface SessionRouteDeps extends RegisterDeps {
  readonly identity: Identity;
  readonly server: Session['server'];
  /** Makes a one-time sign-in link for a user; throws `forbidden` where links are switched off. */
  readonly signInLink: (userId: string) => Promise<{ url: string; expiresAt: number }>;
  readonly clock: Clock;
}

/** Registers `/api/v1/auth/…`. */
export function registerSessionRoutes(app: FastifyInstance, deps: SessionRouteDeps): void {
  const { identity } = deps;
  const describe = async (principal: Principal): Promise<Session> => {
    const user = await identity.getUser(principal.userId);
    const workspaces = await identity.workspaces.list(principal.userId);
    return {
      user: { id: user.id, email: user.email, display_name: user.displayName, operator: principal.operator },
      workspaces: workspaces.map(({ id, name, role }) => ({ workspace_id: id, workspace_name: name, role })),
      expires_at: new Date(principal.expiresAt).toISOString(),
      server: deps.server,
    };
  };
  const signIns = auditSignIns(deps.audit, deps.clock);
  const begin = async (call: Call, method: SignInMethod, prove: () => Promise<string>): Promise<Session> => {
    const { token, principal } = await signIns.attempt(call, method, async () => {
      const proven = await prove();
      return { token: proven, principal: await identity.verifyToken(proven) };
    });
    await identity.workspaces.ensureFirst(principal.userId);
    void call.reply.setCookie(sessionCookie, token, {
      path: '/',
      httpOnly: true,
      sameSite: 'strict',
      secure: deps.server.environment === 'production' || call.request.protocol === 'https',
      expires: new Date(principal.expiresAt),
    });
    return describe(principal);
  };
  registerRoutes(
    app,
    routes.session,
    {
      current: async (_input, call) =>
        describe(await identity.verifyToken(readCredentials(call.request)?.token ?? '')),
      exchange: ({ body }, call) =>
        begin(call, 'link', async () => (await identity.redeemSignInLink(body.code)).token),
      async issueLink(_input, call) {
        const link = await deps.signInLink(call.caller.userId);
        return { url: link.url, expires_at: new Date(link.expiresAt).toISOString() };
      },
      issueToken: ({ body }, call) => issueToken(identity, body, call),
      signIn: ({ body }, call) => begin(call, 'token', async () => body.token),
      async signOut(_input, call) {
        const caller = call.callerIfAny;
        if (caller) {
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
