/** Sign-in at an OpenID provider: the way there, and the way back. */
import type { CodeFlow, Identity, NewSession } from '@raptorflow/runtime';
import { RaptorFlowError, toRaptorFlowError, type Logger } from 'raptorflow/kernel';
import { replied } from '../register.ts';
import type { Call } from '../call.ts';

/** The cookie that holds what a sign-in under way must not forget. */
const memoryCookie = 'raptorflow_sign_in';
const memoryPath = '/api/v1/auth/oidc';

/** What the way there and back needs. */
export interface ProviderSignInDeps {
  readonly identity: Pick<Identity, 'codeFlow' | 'signInForeign'>;
  readonly log: Logger;
  /** Whether cookies are sent over TLS alone. */
  readonly isSecure: (call: Call) => boolean;
  /** Puts the session into its cookie. */
  readonly keep: (call: Call, session: NewSession) => void;
}

/** Leads the browser to the provider. Throws `not_found` where none is configured, and `unavailable`. */
export async function beginAtProvider(
  call: Call,
  to: string | undefined,
  deps: ProviderSignInDeps,
): Promise<typeof replied> {
  const { url, memory, ttlMs } = await flowOf(deps).begin(localAddress(to));
  void call.reply
    .setCookie(memoryCookie, memory, {
      path: memoryPath,
      httpOnly: true,
      // Lax, because the provider sends the browser back from another site; it is encrypted and good for one sign-in.
      sameSite: 'lax',
      secure: deps.isSecure(call),
      maxAge: ttlMs / 1_000,
    })
    .header('cache-control', 'no-store')
    .redirect(url);
  return replied;
}

/** Takes the browser back: to where it wanted to be, or to the sign-in page with what went wrong. */
export async function finishAtProvider(
  call: Call,
  query: {
    readonly code?: string | undefined;
    readonly state?: string | undefined;
    readonly iss?: string | undefined;
    readonly error?: string | undefined;
  },
  deps: ProviderSignInDeps,
): Promise<typeof replied> {
  const flow = flowOf(deps);
  const { code, state, iss: issuer, error } = query;
  void call.reply.clearCookie(memoryCookie, { path: memoryPath }).header('cache-control', 'no-store');
  try {
    const memory = call.request.cookies[memoryCookie];
    const { user, to } = await flow.finish({ memory, code, state, issuer, error });
    deps.keep(call, await deps.identity.signInForeign(user));
    void call.reply.redirect(to);
  } catch (cause) {
    const problem = toRaptorFlowError(cause);
    deps.log.warn('A sign-in at the identity provider failed.', {
      error: problem,
      correlation_id: call.correlationId,
    });
    // A page, because a person looks at it. Only the code: text in an address could be anybody's.
    const hash = new URLSearchParams({ problem: problem.code, correlation_id: call.correlationId });
    void call.reply.redirect(`/sign-in#${hash.toString()}`);
  }
  return replied;
}

function flowOf({ identity }: ProviderSignInDeps): CodeFlow {
  if (identity.codeFlow) return identity.codeFlow;
  throw new RaptorFlowError(
    'not_found',
    'No OpenID provider is configured here; set OIDC_ISSUER, OIDC_CLIENT_ID and PUBLIC_URL, or sign in with a token.',
  );
}

/** An address of our own pages; anything that could lead elsewhere becomes the first page. */
export function localAddress(to: string | undefined): string {
  if (to === undefined || !/^\/(?![\\/])[^\\\p{Cc}]*$/u.test(to)) return '/';
  const base = 'http://here.invalid';
  const url = URL.parse(to, base);
  return url?.origin === base ? url.pathname + url.search + url.hash : '/';
}
