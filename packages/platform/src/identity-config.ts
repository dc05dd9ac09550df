/** What the environment says about who people are: whose tokens are accepted, where they sign in, and how invitations are sent. */
import type { IssuerOptions } from '@raptorflow/runtime';

/** The variables, checked one by one. */
interface IdentityValues {
  readonly ENVIRONMENT: string;
  readonly ALLOW_PLAINTEXT_HOSTS: string;
  readonly PUBLIC_URL?: string | undefined;
  readonly SUPABASE_URL?: string | undefined;
  readonly SUPABASE_JWT_SECRET?: string | undefined;
  readonly OIDC_ISSUER?: string | undefined;
  readonly OIDC_AUDIENCE?: string | undefined;
  readonly OIDC_CLIENT_ID?: string | undefined;
  readonly OIDC_CLIENT_SECRET?: string | undefined;
  readonly SMTP_URL?: string | undefined;
  readonly MAIL_FROM?: string | undefined;
}

/** Who says who people are. */
export interface IdentityConfig {
  /** Whose tokens are accepted beside our own. */
  readonly issuers: readonly IssuerOptions[];
  /** Where people sign in in the browser. */
  readonly signIn:
    | { readonly issuer: string; readonly clientId: string; readonly clientSecret: string | undefined }
    | undefined;
  /** How invitations are sent; undefined shows their links to whoever invites. */
  readonly mail: { readonly url: string; readonly from: string } | undefined;
}

/** The path under which the provider sends the browser back; registered there. */
export const providerReturnPath = '/api/v1/auth/oidc/return';

/** Puts the variables together; answers what is missing where one needs another. */
export function readIdentityConfig(
  values: IdentityValues,
): { readonly config: IdentityConfig } | { readonly problems: readonly string[] } {
  const problems = [...missing(values), ...plaintext(values)];
  if (problems.length > 0) return { problems };
  const { OIDC_ISSUER: issuer, OIDC_CLIENT_ID: clientId, SMTP_URL: url, MAIL_FROM: from } = values;
  return {
    config: {
      issuers: [...supabase(values), ...bearer(values)],
      signIn:
        issuer === undefined || clientId === undefined
          ? undefined
          : { issuer, clientId, clientSecret: values.OIDC_CLIENT_SECRET },
      mail: url === undefined || from === undefined ? undefined : { url, from },
    },
  };
}

function missing(values: IdentityValues): string[] {
  const problems: string[] = [];
  const needs = (name: keyof IdentityValues, other: keyof IdentityValues, why: string): void => {
    if (values[name] !== undefined && values[other] === undefined) {
      problems.push(`${name} needs ${other} too: ${why}`);
    }
  };
  needs('SUPABASE_JWT_SECRET', 'SUPABASE_URL', 'the project whose tokens the secret signs');
  needs('OIDC_AUDIENCE', 'OIDC_ISSUER', 'whose tokens for this audience are accepted');
  needs('OIDC_CLIENT_ID', 'OIDC_ISSUER', 'where people sign in');
  needs(
    'OIDC_CLIENT_ID',
    'PUBLIC_URL',
    `people come back to PUBLIC_URL${providerReturnPath}, registered there`,
  );
  needs('OIDC_CLIENT_SECRET', 'OIDC_CLIENT_ID', 'the client whose secret it is');
  const { OIDC_ISSUER: issuer, OIDC_AUDIENCE: audience, OIDC_CLIENT_ID: clientId } = values;
  if (issuer !== undefined && audience === undefined && clientId === undefined) {
    problems.push(
      'OIDC_ISSUER needs OIDC_AUDIENCE (to accept its tokens), OIDC_CLIENT_ID (to sign in there), or both',
    );
  }
  return problems;
}

// Keys that came in plain text could be anybody's.
function plaintext(values: IdentityValues): string[] {
  if (values.ENVIRONMENT !== 'production') return [];
  const allowed = new Set([
    'localhost',
    '127.0.0.1',
    '[::1]',
    ...values.ALLOW_PLAINTEXT_HOSTS.split(',').map((host) => host.trim()),
  ]);
  return (['SUPABASE_URL', 'OIDC_ISSUER'] as const).flatMap((name) => {
    const text = values[name];
    if (text === undefined) return [];
    const url = new URL(text);
    return url.protocol === 'https:' || allowed.has(url.hostname)
      ? []
      : [`${name} is reached without TLS; use https://, or name the host in ALLOW_PLAINTEXT_HOSTS`];
  });
}

function supabase({ SUPABASE_URL: url, SUPABASE_JWT_SECRET: secret }: IdentityValues): IssuerOptions[] {
  if (url === undefined) return [];
  const issuer = `${url.replace(/\/+$/, '')}/auth/v1`;
  return [
    {
      issuer,
      audience: 'authenticated',
      keys: secret === undefined ? { url: `${issuer}/.well-known/jwks.json` } : { secret },
    },
  ];
}

function bearer({ OIDC_ISSUER: issuer, OIDC_AUDIENCE: audience }: IdentityValues): IssuerOptions[] {
  return issuer === undefined || audience === undefined ? [] : [{ issuer, audience, keys: 'discovery' }];
}
