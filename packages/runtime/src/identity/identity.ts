import { z } from 'zod';
import {
  parseOptions,
  RaptorFlowError,
  silentLogger,
  systemClock,
  systemRandom,
  createIds,
  type Clock,
  type Ids,
  type Logger,
  type Random,
} from 'raptorflow/kernel';
import type { Database } from '../db/index.ts';
import { insertLink, useLink } from './links.ts';
import type { Principal, User } from './principal.ts';
import type { IdentityTables } from './tables.ts';
import { createTokenMint, type IssuedToken, type TokenMint } from './token.ts';
import { ensureUser, findUser, localSubject } from './users.ts';
import { createWorkspaces, type Workspaces } from './workspace-directory.ts';

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
  /** Workspaces one user may own or enter before making another is refused. Default 100. */
  readonly workspacesPerUserMax?: number;
}

/** What an identity needs from outside. */
export interface IdentityDeps {
  readonly db: Database;
  readonly clock?: Clock;
  readonly ids?: Ids;
  readonly random?: Random;
  readonly logger?: Logger;
}

/** A one-time sign-in link's code. */
export interface SignInLink {
  /** 256 random bits; known only to whoever is shown the link. */
  readonly code: string;
  /** Epoch milliseconds. */
  readonly expiresAt: number;
}

/** A new session: the token for cookie or header, and whose it is. */
export interface NewSession extends IssuedToken {
  readonly user: User;
}

/** Whom a token is for: a user, or whoever operates the installation. */
export type TokenRequest = {
  /** Default: the session's. */
  readonly ttlMs?: number;
} & ({ readonly userId: string; readonly operator?: false } | { readonly operator: true });

/** Users, their tokens and sign-in links, and the workspaces they may enter. */
export interface Identity {
  readonly workspaces: Workspaces;
  /** The user in front of the machine, made at first and then the installation's operator. */
  ensureLocalUser(): Promise<User>;
  /** Throws `not_found`. */
  getUser(userId: string): Promise<User>;
  /** How many users there are. */
  countUsers(): Promise<number>;
  /**
   * A token for a user, without the operator's rights; or, with `operator: true`, one with them for the local user.
   * Throws `not_found` for an unknown user and `forbidden` when the local user is not the operator.
   */
  issueToken(request: TokenRequest): Promise<IssuedToken>;
  /** The caller behind a token. Throws `token_invalid`, `token_expired` or `token_revoked`. */
  verifyToken(token: string): Promise<Principal>;
  /** Signs out: the token is refused from now on, in every process. */
  revokeToken(principal: Pick<Principal, 'tokenId' | 'expiresAt'>): Promise<void>;
  /** A link for a user (default: the local one). Throws `forbidden` where links are switched off. */
  createSignInLink(request?: { readonly userId?: string }): Promise<SignInLink>;
  /**
   * Trades a link's code for a session, once. The user gets a workspace if there is none yet.
   * Throws `invalid_link`, `used_link`, `expired_link`, or `forbidden` where links are switched off.
   */
  redeemSignInLink(code: string): Promise<NewSession>;
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
  workspacesPerUserMax: z.int().positive().default(100),
});
type Settings = Readonly<z.output<typeof optionsSchema>>;

/** Longer codes are refused before they are hashed. */
const codeCharactersMax = 500;
const codeBytes = 32;

/** Builds an identity over the installation's database. Throws `invalid_options`. */
export function createIdentity(options: IdentityOptions, deps: IdentityDeps): Identity {
  const settings = parseOptions('createIdentity', optionsSchema, options);
  const clock = deps.clock ?? systemClock;
  const random = deps.random ?? systemRandom;
  const ids = deps.ids ?? createIds({ clock, random });
  const logger = (deps.logger ?? silentLogger).child('identity');
  return new StoredIdentity(settings, { db: deps.db, clock, random, ids, logger });
}

class StoredIdentity implements Identity {
  readonly workspaces: Workspaces;
  readonly #settings: Settings;
  readonly #deps: Required<IdentityDeps>;
  readonly #mint: TokenMint;

  constructor(settings: Settings, deps: Required<IdentityDeps>) {
    this.#settings = settings;
    this.#deps = deps;
    const { secretKey, issuer, workspacesPerUserMax } = settings;
    this.#mint = createTokenMint({ secretKey, issuer, audience: issuer }, deps);
    this.workspaces = createWorkspaces({ workspacesPerUserMax }, deps);
  }

  async ensureLocalUser(): Promise<User> {
    const { db, ids, clock } = this.#deps;
    const newUser = {
      id: ids.next('usr'),
      subject: localSubject,
      email: null,
      displayName: 'Operator',
      now: clock.now(),
    };
    return db.transaction(null, (tx) => ensureUser(tx.query<IdentityTables>(), newUser));
  }

  async getUser(userId: string): Promise<User> {
    const user = await findUser(this.#deps.db.system<IdentityTables>(), userId);
    if (user) return user;
    throw new RaptorFlowError('not_found', `There is no user ${userId.slice(0, 200)}.`);
  }

  async countUsers(): Promise<number> {
    const row = await this.#deps.db
      .system<IdentityTables>()
      .selectFrom('users')
      .select((expression) => expression.fn.countAll<number>().as('count'))
      .executeTakeFirst();
    return row?.count ?? 0;
  }

  async issueToken(request: TokenRequest): Promise<IssuedToken> {
    const operator = request.operator === true;
    const user =
      request.operator === true ? await this.ensureLocalUser() : await this.getUser(request.userId);
    if (operator && !user.operator) {
      throw new RaptorFlowError(
        'forbidden',
        'Somebody else is the operator of this installation; sign in as them to get a token with their rights.',
      );
    }
    const claims = { userId: user.id, displayName: user.displayName, operator };
    return this.#mint.issue(claims, request.ttlMs ?? this.#settings.sessionTtlMs);
  }

  async verifyToken(token: string): Promise<Principal> {
    const read = await this.#mint.read(token);
    const row = await this.#deps.db
      .system<IdentityTables>()
      .selectFrom('users as user')
      .leftJoin('revoked_tokens as revoked', (join) => join.on('revoked.token_id', '=', read.tokenId))
      .select(['user.display_name', 'user.operator', 'revoked.token_id'])
      .where('user.id', '=', read.userId)
      .executeTakeFirst();
    if (!row || row.token_id !== null) {
      throw new RaptorFlowError('token_revoked', 'This token was signed out; sign in again.');
    }
    const { userId, tokenId, expiresAt } = read;
    // The right must be in the token and still belong to the user: it can be given up for a token, and taken away from a user.
    const operator = read.operator && row.operator !== 0;
    return { userId, displayName: row.display_name, operator, tokenId, expiresAt };
  }

  async revokeToken({ tokenId, expiresAt }: Pick<Principal, 'tokenId' | 'expiresAt'>): Promise<void> {
    const now = this.#deps.clock.now();
    await this.#deps.db.transaction(null, async (tx) => {
      const query = tx.query<IdentityTables>();
      // A day beyond their expiry no clock takes the tokens for good any more.
      await query
        .deleteFrom('revoked_tokens')
        .where('expires_at', '<', now - dayMs)
        .execute();
      await query
        .insertInto('revoked_tokens')
        .values({ token_id: tokenId, expires_at: expiresAt })
        .onConflict((conflict) => conflict.column('token_id').doNothing())
        .execute();
    });
  }

  async createSignInLink(request: { readonly userId?: string } = {}): Promise<SignInLink> {
    this.#requireLinks();
    const user =
      request.userId === undefined ? await this.ensureLocalUser() : await this.getUser(request.userId);
    const { db, random, clock } = this.#deps;
    const code = Buffer.from(random.bytes(codeBytes)).toString('base64url');
    const now = clock.now();
    const expiresAt = now + this.#settings.linkTtlMs;
    await db.transaction(null, (tx) =>
      insertLink(tx.query<IdentityTables>(), { code, userId: user.id, now, expiresAt }),
    );
    return { code, expiresAt };
  }

  async redeemSignInLink(code: string): Promise<NewSession> {
    this.#requireLinks();
    const { db, clock, logger } = this.#deps;
    const userId = await db.transaction(null, (tx) =>
      useLink(tx.query<IdentityTables>(), code.slice(0, codeCharactersMax), clock.now()),
    );
    const user = await this.getUser(userId);
    await this.workspaces.ensureFirst(userId);
    const claims = { userId, displayName: user.displayName, operator: user.operator };
    const session = await this.#mint.issue(claims, this.#settings.sessionTtlMs);
    logger.info('A user signed in by a one-time link.', { user_id: userId });
    return { ...session, user };
  }

  #requireLinks(): void {
    if (this.#settings.signInLinks) return;
    throw new RaptorFlowError(
      'forbidden',
      'Sign-in links are switched off in this environment; sign in with a token.',
    );
  }
}
