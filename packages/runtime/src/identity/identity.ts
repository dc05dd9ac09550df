import {
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
import { createExecutor } from 'raptorflow/resilience';
import type { Database } from '../db/index.ts';
import {
  findKey,
  findUserOfToken,
  noteKeyUse,
  type FoundCaller,
  type FoundKey,
  type ReadToken,
} from './admission.ts';
import { looksLikeApiKey } from './api-key.ts';
import { createApiKeys, type ApiKeys } from './api-keys.ts';
import { tellChange } from './change.ts';
import { createCodeFlow, type CodeFlow } from './code-flow.ts';
import { createInvitations, type Invitations } from './invitations.ts';
import type { IssuerExecutor } from './issuer-http.ts';
import { createIssuers, type ForeignUser, type Issuers } from './issuers.ts';
import { readIdentityOptions, type IdentityOptions, type IdentitySettings } from './identity-options.ts';
import { insertLink, useLink } from './links.ts';
import type { Admission, Principal, User, WorkspaceHints } from './principal.ts';
import { newSecret } from './secret.ts';
import { SharedLookups } from './shared-lookups.ts';
import type { IdentityTables } from './tables.ts';
import { createTokenMint, type IssuedToken, type TokenMint } from './token.ts';
import { ensureUser, findUser, localSubject } from './users.ts';
import { createWorkspaces, type Workspaces } from './workspace-directory.ts';
import { exportWorkspace } from './workspace-export.ts';
import type { WorkspaceChronicle } from './workspace-chronicle.ts';
import { createWorkspaceRemovals, type WorkspaceRemovals } from './workspace-removals.ts';

/** What an identity needs from outside. */
export interface IdentityDeps {
  readonly db: Database;
  /** Runs what asks identity providers. Default: one of its own. */
  readonly executor?: IssuerExecutor;
  /** Stops what works in a workspace that is being deleted. Default: nothing is stopped. */
  readonly quiet?: (workspaceId: string) => Promise<void>;
  /** Keeps what outlives workspaces, such as an audit chain. Default: nothing does. */
  readonly chronicle?: WorkspaceChronicle;
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
  readonly invitations: Invitations;
  readonly apiKeys: ApiKeys;
  /** Deletes workspaces; start it with the program. */
  readonly removals: WorkspaceRemovals;
  /** Sign-in at an OpenID provider; undefined where none is configured. */
  readonly codeFlow: CodeFlow | undefined;
  /** A session for somebody who came back from the provider; makes the user, and their first workspace, at first sight. */
  signInForeign(user: ForeignUser): Promise<NewSession>;
  /** Everything stored of a workspace, as JSON Lines; see `exportWorkspace`. */
  exportWorkspace(workspaceId: string): AsyncGenerator<string>;
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
  /**
   * The caller behind a token or API key. Throws `token_invalid`, `token_expired` or `token_revoked`; and `unavailable` for a token of an issuer
   * whose keys cannot be had.
   */
  verifyToken(token: string): Promise<Principal>;
  /**
   * The caller behind a token or API key, and the workspace that a request means: header, then query, then path, else a key's own and a user's first one.
   * One statement, nothing remembered: what was revoked or removed in any process is refused. Throws as `verifyToken` does, then `not_found` for
   * a workspace that does not exist, and `forbidden` for a stranger's.
   */
  admit(token: string, hints: WorkspaceHints): Promise<Admission>;
  /** Signs out: the token is refused from now on, in every process; publishes `session.ended`. An API key is revoked by its workspace: `forbidden`. */
  revokeToken(principal: Pick<Principal, 'tokenId' | 'expiresAt' | 'key'>): Promise<void>;
  /** A link for a user (default: the local one). Throws `forbidden` where links are switched off. */
  createSignInLink(request?: { readonly userId?: string }): Promise<SignInLink>;
  /**
   * Trades a link's code for a session, once. The user gets a workspace if there is none yet.
   * Throws `invalid_link`, `used_link`, `expired_link`, or `forbidden` where links are switched off.
   */
  redeemSignInLink(code: string): Promise<NewSession>;
}

const dayMs = 24 * 60 * 60 * 1_000;
/** Longer codes are refused before they are hashed. */
const codeCharactersMax = 500;

/** What every part works with. */
type Parts = Required<Omit<IdentityDeps, 'quiet' | 'chronicle'>> & Pick<IdentityDeps, 'quiet' | 'chronicle'>;

/** Builds an identity over the installation's database. Throws `invalid_options`. */
export function createIdentity(options: IdentityOptions, deps: IdentityDeps): Identity {
  const settings = readIdentityOptions(options);
  const clock = deps.clock ?? systemClock;
  const random = deps.random ?? systemRandom;
  const ids = deps.ids ?? createIds({ clock, random });
  const logger = (deps.logger ?? silentLogger).child('identity');
  const executor = deps.executor ?? createExecutor({}, { clock });
  return new StoredIdentity(settings, { ...deps, clock, random, ids, logger, executor });
}

class StoredIdentity implements Identity {
  readonly workspaces: Workspaces;
  readonly invitations: Invitations;
  readonly apiKeys: ApiKeys;
  readonly removals: WorkspaceRemovals;
  readonly codeFlow: CodeFlow | undefined;
  readonly #settings: IdentitySettings;
  readonly #deps: Parts;
  readonly #mint: TokenMint;
  readonly #lookups = new SharedLookups<FoundCaller | undefined>();
  readonly #keyLookups = new SharedLookups<FoundKey>();
  readonly #issuers: Issuers;
  readonly #tables: readonly string[];

  constructor(settings: IdentitySettings, deps: Parts) {
    this.#settings = settings;
    this.#deps = deps;
    const { secretKey, issuer, limits, providers } = settings;
    this.#tables = settings.tables.declared.flatMap(({ tenant = [] }) => tenant).toSorted();
    this.#mint = createTokenMint({ secretKey, issuer, audience: issuer }, deps);
    this.#issuers = createIssuers(providers.issuers, deps);
    this.codeFlow = providers.codeFlow && createCodeFlow(providers.codeFlow, secretKey, deps);
    this.workspaces = createWorkspaces(limits, deps);
    this.invitations = createInvitations(limits, deps);
    this.apiKeys = createApiKeys(limits, deps);
    this.removals = createWorkspaceRemovals({
      ...deps,
      tables: this.#tables,
      keptTables: settings.tables.kept,
    });
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
    return (await this.#find(token, null)).principal;
  }

  async admit(token: string, hints: WorkspaceHints): Promise<Admission> {
    const { principal, entrance } = await this.#find(token, hints);
    if (entrance) return { principal, entrance };
    // Nobody is anywhere only once: before their first workspace, or after leaving their last.
    const { id, role } = await this.workspaces.ensureFirst(principal.userId);
    return { principal, entrance: { workspaceId: id, role } };
  }

  async signInForeign(foreign: ForeignUser): Promise<NewSession> {
    const user = await this.#ensureForeign(foreign);
    await this.workspaces.ensureFirst(user.id);
    const session = await this.#beginSession(user);
    this.#deps.logger.info('A user signed in at an identity provider.', { user_id: user.id });
    return session;
  }

  exportWorkspace(workspaceId: string): AsyncGenerator<string> {
    return exportWorkspace(workspaceId, { ...this.#deps, tables: this.#tables });
  }

  async revokeToken({
    tokenId,
    expiresAt,
    key,
  }: Pick<Principal, 'tokenId' | 'expiresAt' | 'key'>): Promise<void> {
    if (key) {
      throw new RaptorFlowError(
        'forbidden',
        'An API key is not signed out; an admin of its workspace revokes it.',
      );
    }
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
      tellChange(tx, 'session.ended', null, { token_id: tokenId });
    });
  }

  async createSignInLink(request: { readonly userId?: string } = {}): Promise<SignInLink> {
    this.#requireLinks();
    const user =
      request.userId === undefined ? await this.ensureLocalUser() : await this.getUser(request.userId);
    const { db, random, clock } = this.#deps;
    const code = newSecret(random);
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
    const session = await this.#beginSession(user);
    logger.info('A user signed in by a one-time link.', { user_id: userId });
    return session;
  }

  async #beginSession(user: User): Promise<NewSession> {
    const claims = { userId: user.id, displayName: user.displayName, operator: user.operator };
    return { ...(await this.#mint.issue(claims, this.#settings.sessionTtlMs)), user };
  }

  async #find(token: string, hints: WorkspaceHints | null): Promise<FoundCaller> {
    const { db, clock } = this.#deps;
    if (looksLikeApiKey(token)) {
      const found = await this.#keyLookups.find(JSON.stringify([token, hints]), () =>
        findKey(db.system<IdentityTables>(), token, hints, clock.now()),
      );
      if (found.noteUse) this.#noteKeyUse(found.principal.tokenId);
      return found;
    }
    if (this.#issuers.isTheirs(token)) return this.#findForeign(token, hints);
    const { userId, tokenId, expiresAt, operator } = await this.#mint.read(token);
    const found = await this.#lookUp({ user: { id: userId }, tokenId, expiresAt, operator }, hints);
    if (found) return found;
    throw new RaptorFlowError('token_revoked', 'The user of this token is no longer here; sign in again.');
  }

  async #findForeign(token: string, hints: WorkspaceHints | null): Promise<FoundCaller> {
    const foreign = await this.#issuers.read(token);
    const { subject, tokenId, expiresAt } = foreign;
    const read: ReadToken = { user: { subject }, tokenId, expiresAt, operator: false };
    const found = await this.#lookUp(read, hints);
    if (found && (foreign.email === null || found.email === foreign.email)) return found;
    // Seen for the first time, or under another address than the last time.
    const user = await this.#ensureForeign(foreign);
    if (!found) await this.workspaces.ensureFirst(user.id);
    const again = await this.#lookUp(read, hints);
    if (again) return again;
    throw new RaptorFlowError('token_revoked', 'The user of this token was removed meanwhile.');
  }

  #lookUp(token: ReadToken, hints: WorkspaceHints | null): Promise<FoundCaller | undefined> {
    return this.#lookups.find(JSON.stringify([token, hints]), () =>
      findUserOfToken(this.#deps.db.system<IdentityTables>(), token, hints),
    );
  }

  async #ensureForeign({ subject, email, displayName }: ForeignUser): Promise<User> {
    const { db, ids, clock } = this.#deps;
    const newUser = { id: ids.next('usr'), subject, email, displayName, now: clock.now() };
    return db.transaction(null, (tx) => ensureUser(tx.query<IdentityTables>(), newUser));
  }

  // Nobody waits for it, and a use that is not written down hurts nobody.
  #noteKeyUse(keyId: string): void {
    const { db, clock, logger } = this.#deps;
    noteKeyUse(db.system<IdentityTables>(), keyId, clock.now()).catch((error: unknown) => {
      logger.warn('The last use of an API key could not be written down.', { key_id: keyId, error });
    });
  }

  #requireLinks(): void {
    if (this.#settings.signInLinks) return;
    throw new RaptorFlowError(
      'forbidden',
      'Sign-in links are switched off in this environment; sign in with a token.',
    );
  }
}
