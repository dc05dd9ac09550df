import { describe, expect, it } from 'vitest';
import { readIdentityConfig } from './identity-config.ts';

const read = (values: Readonly<Record<string, string>>): ReturnType<typeof readIdentityConfig> =>
  readIdentityConfig({ ENVIRONMENT: 'development', ALLOW_PLAINTEXT_HOSTS: '', ...values });

const issuer = 'https://id.example.com/realms/one';

describe('the configuration of identity', () => {
  it('trusts nobody but ourselves unless told', () => {
    expect(read({})).toEqual({ config: { issuers: [], signIn: undefined, mail: undefined } });
  });

  it('derives issuer and keys of a Supabase project from its address, or takes the secret that it shares', () => {
    const project = 'https://abc.supabase.co/auth/v1';
    const both = { issuer: project, audience: 'authenticated' };
    expect(read({ SUPABASE_URL: 'https://abc.supabase.co/' })).toMatchObject({
      config: { issuers: [{ ...both, keys: { url: `${project}/.well-known/jwks.json` } }] },
    });
    expect(
      read({ SUPABASE_URL: 'https://abc.supabase.co', SUPABASE_JWT_SECRET: 'a shared secret' }),
    ).toMatchObject({ config: { issuers: [{ ...both, keys: { secret: 'a shared secret' } }] } });
  });

  it('takes tokens of an issuer for an audience, signs people in there, or both', () => {
    const accepted = { issuer, audience: 'api', keys: 'discovery' };
    const web = { OIDC_CLIENT_ID: 'web', PUBLIC_URL: 'https://flow.example.com' };
    expect(read({ OIDC_ISSUER: issuer, OIDC_AUDIENCE: 'api' })).toEqual({
      config: { issuers: [accepted], signIn: undefined, mail: undefined },
    });
    expect(read({ OIDC_ISSUER: issuer, ...web, OIDC_CLIENT_SECRET: 's' })).toMatchObject({
      config: { issuers: [], signIn: { issuer, clientId: 'web', clientSecret: 's' } },
    });
  });

  it.each([
    [{ SUPABASE_JWT_SECRET: 'x' }, /SUPABASE_JWT_SECRET needs SUPABASE_URL/],
    [{ OIDC_AUDIENCE: 'api' }, /OIDC_AUDIENCE needs OIDC_ISSUER/],
    [{ OIDC_ISSUER: issuer }, /OIDC_ISSUER needs OIDC_AUDIENCE .* OIDC_CLIENT_ID/],
    [{ OIDC_ISSUER: issuer, OIDC_CLIENT_ID: 'web' }, /PUBLIC_URL\/api\/v1\/auth\/oidc\/return/],
    [{ OIDC_CLIENT_SECRET: 's' }, /OIDC_CLIENT_SECRET needs OIDC_CLIENT_ID/],
  ])('refuses %j and says what is missing', (values, message) => {
    const result = read(values);
    expect('problems' in result ? result.problems.join('\n') : '').toMatch(message);
  });

  it('refuses an issuer in plain text in production, unless its host is allowed by name', () => {
    const values = { ENVIRONMENT: 'production', OIDC_ISSUER: 'http://id.internal', OIDC_AUDIENCE: 'api' };
    expect(read(values)).toMatchObject({ problems: [expect.stringMatching(/^OIDC_ISSUER .*TLS/)] });
    expect(read({ ...values, ALLOW_PLAINTEXT_HOSTS: 'id.internal' })).toHaveProperty('config');
  });
});
