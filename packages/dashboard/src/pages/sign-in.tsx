/** Sign-in: a one-time link signs in by itself; otherwise a token is pasted. */
import { isClientError } from '@raptorflow/client';
import type { SignInMethods } from '@raptorflow/contract';
import { useRouter, useSearch } from '@tanstack/react-router';
import { type SyntheticEvent, useEffect, useRef, useState } from 'react';

import { Button, buttonClasses } from '../components/button.tsx';
import { ErrorNotice, Loading, Notice } from '../components/feedback.tsx';
import { TextField } from '../components/field.tsx';
import { CopyLine } from '../components/payload.tsx';
import { type Credential, useSignIn, useSignInMethods } from '../data/session.ts';
import { PlainPage } from '../layout/plain-page.tsx';
import { safeAddress } from '../search.ts';

/**
 * What stands in the fragment, which no server and no log sees: the code of a one-time link, or why a sign-in at the provider failed. Read once, it leaves
 * the address bar too.
 */
function takeFragment(): { readonly code: string | undefined; readonly problem: string | undefined } {
  const fragment = new URLSearchParams(globalThis.location.hash.slice(1));
  const code = fragment.get('code') ?? undefined;
  const problem = fragment.get('problem') ?? undefined;
  if (code !== undefined || problem !== undefined) {
    globalThis.history.replaceState(
      globalThis.history.state,
      '',
      globalThis.location.pathname + globalThis.location.search,
    );
  }
  return { code, problem };
}

/** The sign-in page. */
export function SignInPage() {
  const { to } = useSearch({ from: '/sign-in' });
  const [{ code, problem }] = useState(takeFragment);
  const methods = useSignInMethods().data;
  const router = useRouter();
  const signIn = useSignIn();
  const [token, setToken] = useState('');
  const go = (credential: Credential) =>
    signIn.mutate(credential, { onSuccess: () => router.history.replace(safeAddress(to)) });

  // A code works once: rendering twice must not spend it twice.
  const spent = useRef<string | null>(null);
  useEffect(() => {
    if (code === undefined || spent.current === code) return;
    spent.current = code;
    go({ code });
  });

  if (code !== undefined && (signIn.isPending || signIn.isSuccess || signIn.isIdle)) {
    return (
      <PlainPage title="Signing you in">
        <Loading rows={2} label="Signing you in" />
      </PlainPage>
    );
  }
  const submit = (event: SyntheticEvent) => {
    event.preventDefault();
    go({ token: token.trim() });
  };
  return (
    <PlainPage title="Sign in">
      {signIn.error ? <SignInProblem error={signIn.error} byLink={code !== undefined} /> : null}
      {problem === undefined ? null : <Notice tone="bad">{problemText(problem)}</Notice>}
      {methods?.provider ? <ProviderLink provider={methods.provider} to={safeAddress(to)} /> : null}
      <p className="text-muted">
        {methods?.links === false ? (
          'Paste a token. On the server’s machine this prints one:'
        ) : (
          <>
            Open the one-time link that <code>npm start</code> printed in its terminal, or paste a token. On
            the server’s machine this prints one:
          </>
        )}
      </p>
      <CopyLine label="the command" text="npm run --silent raptorflow -- token" />
      <form className="space-y-3" onSubmit={submit}>
        <TextField
          label="Token"
          name="token"
          type="password"
          autoComplete="current-password"
          spellCheck={false}
          value={token}
          onChange={(event) => setToken(event.target.value)}
          required
        />
        <Button
          type="submit"
          tone={methods?.provider ? 'outline' : 'solid'}
          busy={signIn.isPending}
          className="w-full"
        >
          {methods?.provider ? 'Sign in with the token' : 'Sign in'}
        </Button>
      </form>
    </PlainPage>
  );
}

function ProviderLink({
  provider,
  to,
}: {
  readonly provider: NonNullable<SignInMethods['provider']>;
  readonly to: string;
}) {
  return (
    <>
      <a href={`${provider.url}?to=${encodeURIComponent(to)}`} className={buttonClasses('solid', 'w-full')}>
        Sign in at {provider.name}
      </a>
      <p className="text-center text-xs text-muted">or</p>
    </>
  );
}

// The address says only which of our errors it was: text in an address could be anybody's.
function problemText(problem: string): string {
  if (problem === 'unavailable') {
    return 'The identity provider does not answer now. Try again soon, or sign in with a token.';
  }
  return 'The sign-in at the identity provider did not come to its end. Begin again; if it fails again, the server’s log has the reason.';
}

function SignInProblem({ error, byLink }: { readonly error: Error; readonly byLink: boolean }) {
  const wrongLink = byLink && isClientError(error) && error.status >= 400 && error.status < 500;
  return (
    <div className="space-y-2">
      <ErrorNotice error={error} />
      {wrongLink ? (
        <p className="text-muted">
          A link works once and only for a short time. Press <kbd className="rounded-sm bg-hover px-1">l</kbd>{' '}
          in the server’s terminal for a new one, or sign in with a token.
        </p>
      ) : null}
    </div>
  );
}
