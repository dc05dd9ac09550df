import { z } from 'zod';
import { parseOptions } from 'raptorflow/kernel';
import type { TableDeclarations } from '../db/index.ts';
import type { CodeFlowOptions } from './code-flow.ts';
import type { IssuerOptions } from './issuers.ts';
import { identityTables } from './tables.ts';

/** Options of an identity. */
export interface IdentityOptions {
  /** At least 32 characters; whoever knows it can sign in as anybody. */
  readonly secretKey: string;
  /** The `iss` and `aud` of tokens. Default `raptorflow`. */
  readonly issuer?: string;
  /** How long a session lasts. Default 30 days. */
  readonly sessionTtlMs?: number;
  /** How long a sign-in link works. Default 10 minutes. */
  readonly linkTtlMs?: number;
  /** Whether one-time sign-in links are made and accepted; production says no. Default true. */
  readonly signInLinks?: boolean;
  readonly limits?: IdentityLimits;
  readonly providers?: IdentityProviders;
  readonly tables?: IdentityTablesOptions;
}

/** Who else says who people are. */
export interface IdentityProviders {
  /** Whose tokens are accepted beside our own. Default: nobody's. */
  readonly issuers?: readonly IssuerOptions[];
  /** Where people sign in in the browser. Default: nowhere but here. */
  readonly codeFlow?: CodeFlowOptions;
}

/** What is exported and deleted with a workspace. */
export interface IdentityTablesOptions {
  /** Every room's tables. Default: this room's. */
  readonly declared?: readonly TableDeclarations[];
  /** Tenant tables that outlive their workspace, such as an audit chain. They are exported, and stay; see `WorkspaceRemovals`. */
  readonly kept?: readonly string[];
}

/** How much there may be. */
export interface IdentityLimits {
  /** Workspaces one user may own or enter before making another is refused. Default 100. */
  readonly workspacesPerUserMax?: number;
  /** Members of one workspace. Default 1,000. */
  readonly membersMax?: number;
  /** Open invitations of one workspace. Default 200. */
  readonly invitationsMax?: number;
  /** Keys of one workspace that hold. Default 100. */
  readonly apiKeysMax?: number;
}

const dayMs = 24 * 60 * 60 * 1_000;
const optionsSchema = z.strictObject({
  secretKey: z.string().min(32, 'must have at least 32 characters'),
  issuer: z.string().min(1).default('raptorflow'),
  sessionTtlMs: z
    .int()
    .positive()
    .default(30 * dayMs),
  linkTtlMs: z.int().positive().default(600_000),
  signInLinks: z.boolean().default(true),
  limits: z
    .strictObject({
      workspacesPerUserMax: z.int().positive().default(100),
      membersMax: z.int().positive().default(1_000),
      invitationsMax: z.int().positive().default(200),
      apiKeysMax: z.int().positive().default(100),
    })
    .prefault({}),
  providers: z
    .strictObject({
      issuers: z.array(z.custom<IssuerOptions>()).default([]),
      codeFlow: z.custom<CodeFlowOptions>().optional(),
    })
    .prefault({}),
  tables: z
    .strictObject({
      declared: z.array(z.custom<TableDeclarations>()).default([identityTables]),
      kept: z.array(z.string()).default([]),
    })
    .prefault({}),
});

/** The options with their defaults. */
export interface IdentitySettings {
  readonly secretKey: string;
  readonly issuer: string;
  readonly sessionTtlMs: number;
  readonly linkTtlMs: number;
  readonly signInLinks: boolean;
  readonly limits: Required<IdentityLimits>;
  readonly providers: {
    readonly issuers: readonly IssuerOptions[];
    readonly codeFlow?: CodeFlowOptions | undefined;
  };
  readonly tables: Required<IdentityTablesOptions>;
}

/** Checks options and fills in defaults. Throws `invalid_options`. */
export function readIdentityOptions(options: IdentityOptions): IdentitySettings {
  return parseOptions('createIdentity', optionsSchema, options);
}
