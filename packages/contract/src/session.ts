/** Sign-in: a one-time code or a token becomes a session; who the caller is and where they may go. */
import { z } from 'zod';

import { profileShape } from './health.ts';
import { identifierSchema, timestampSchema } from './primitives.ts';
import { defineRoutes } from './route.ts';
import { workspaceRoleSchema } from './workspace.ts';

/** A person or machine. `operator` is the installation role, not a workspace's. */
export const userSchema = z
  .object({
    id: identifierSchema,
    email: z.string().nullable(),
    display_name: z.string(),
    operator: z.boolean(),
  })
  .meta({ id: 'User' });
export type User = z.infer<typeof userSchema>;

/** One workspace the caller may enter, and as what. */
export const membershipSchema = z.object({
  workspace_id: identifierSchema,
  workspace_name: z.string(),
  role: workspaceRoleSchema,
});
export type Membership = z.infer<typeof membershipSchema>;

/** Who is signed in, until when, and where: the first membership is the default workspace. */
export const sessionSchema = z
  .object({
    user: userSchema,
    workspaces: z.array(membershipSchema),
    expires_at: timestampSchema,
    server: z.object({
      version: z.string(),
      environment: z.enum(['development', 'staging', 'production']),
      ...profileShape,
    }),
  })
  .meta({ id: 'Session' });
export type Session = z.infer<typeof sessionSchema>;

/** How somebody can sign in here. */
export const signInMethodsSchema = z
  .object({
    token: z.literal(true).meta({ description: 'A pasted token always serves.' }),
    links: z.boolean().meta({ description: 'Whether the server prints one-time links.' }),
    provider: z
      .object({ name: z.string(), url: z.string() })
      .nullable()
      .meta({ description: 'The OpenID provider, and the address at which a sign-in there begins.' }),
  })
  .meta({ id: 'SignInMethods' });
export type SignInMethods = z.infer<typeof signInMethodsSchema>;

/** Routes of the browser's session: each sets or clears the httpOnly cookie. */
export const sessionRoutes = defineRoutes({
  beginAtProvider: {
    method: 'GET',
    path: '/api/v1/auth/oidc/begin',
    role: 'public',
    tag: 'sign-in',
    summary: 'Lead the browser to the OpenID provider, with state, nonce and proof key.',
    query: z.strictObject({ to: z.string().max(2_000).optional() }),
    response: z.null(),
    format: 'none',
  },
  current: {
    method: 'GET',
    path: '/api/v1/auth/me',
    role: 'user',
    tag: 'sign-in',
    summary: 'Say who is signed in and which workspaces they may enter.',
    response: sessionSchema,
  },
  exchange: {
    countedAsAttempt: true,
    method: 'POST',
    path: '/api/v1/auth/exchange',
    role: 'public',
    tag: 'sign-in',
    summary:
      'Exchange the code of a one-time sign-in link for a session cookie; a code works once and expires.',
    body: z.strictObject({ code: z.string().min(1).max(500) }),
    response: sessionSchema,
  },
  finishAtProvider: {
    method: 'GET',
    path: '/api/v1/auth/oidc/return',
    role: 'public',
    tag: 'sign-in',
    summary: 'Take the browser back from the OpenID provider and begin its session.',
    query: z.object({
      code: z.string().max(4_000).optional(),
      state: z.string().max(200).optional(),
      iss: z.string().max(500).optional(),
      error: z.string().max(200).optional(),
    }),
    response: z.null(),
    format: 'none',
  },
  issueLink: {
    answersSecret: true,
    countedAsAttempt: true,
    method: 'POST',
    path: '/api/v1/auth/links',
    role: 'operator',
    tag: 'sign-in',
    summary: "Make a one-time sign-in link for the operator's browser; refused in production.",
    response: z.object({ url: z.string(), expires_at: timestampSchema }),
    status: 201,
  },
  issueToken: {
    answersSecret: true,
    countedAsAttempt: true,
    method: 'POST',
    path: '/api/v1/auth/tokens',
    role: 'user',
    tag: 'sign-in',
    summary: 'Make a bearer token for the caller; only an operator can make one with the operator role.',
    body: z.strictObject({
      operator: z.boolean().default(false),
      lifetime_seconds: z.number().int().min(60).max(31_536_000).default(2_592_000),
    }),
    response: z.object({ token: z.string(), expires_at: timestampSchema, operator: z.boolean() }),
    status: 201,
  },
  methods: {
    method: 'GET',
    path: '/api/v1/auth/methods',
    role: 'public',
    tag: 'sign-in',
    summary: 'Say how somebody can sign in here.',
    response: signInMethodsSchema,
  },
  signIn: {
    countedAsAttempt: true,
    method: 'POST',
    path: '/api/v1/auth/sign-in',
    role: 'public',
    tag: 'sign-in',
    summary: 'Exchange a pasted token for a session cookie.',
    body: z.strictObject({ token: z.string().min(1).max(8192) }),
    response: sessionSchema,
  },
  signOut: {
    method: 'POST',
    path: '/api/v1/auth/sign-out',
    role: 'public',
    tag: 'sign-in',
    summary: 'Clear the session cookie.',
    response: z.object({ signed_out: z.literal(true) }),
  },
});
