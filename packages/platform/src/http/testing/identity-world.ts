/** The routes of identity over a real identity in memory, with the real gatekeeper, for tests. */
import {
  auditMigrations,
  auditTables,
  createAuditLog,
  createBudgets,
  createIdentity,
  createLedger,
  identityMigrations,
  identityTables,
  ledgerMigrations,
  ledgerTables,
  openDatabase,
  type AuditLog,
  type Database,
  type Identity,
  type IdentityProviders,
} from '@raptorflow/runtime';
import type { FastifyInstance } from 'fastify';
import { createIds, silentLogger } from 'raptorflow/kernel';
import { createFakeClock, type FakeClock } from 'raptorflow/kernel/testing';
import { createExecutor } from 'raptorflow/resilience';

import { auditedWorkspaces } from '../../compose/audited-workspaces.ts';
import { createApp } from '../app.ts';
import { createGatekeeper } from '../gatekeeper.ts';
import type { RegisterDeps } from '../register.ts';
import { registerApiKeyRoutes } from '../routes/api-keys.ts';
import { registerMemberRoutes } from '../routes/members.ts';
import { registerSessionRoutes } from '../routes/session.ts';
import { registerWorkspaceRoutes } from '../routes/workspaces.ts';
import { newSigningKey } from './route-world.ts';

/** What a route answered. */
export interface IdentityAnswer {
  readonly status: number;
  readonly headers: Readonly<Record<string, string | string[] | number | undefined>>;
  readonly text: string;
  // Tests look into bodies of every shape.
  readonly body: ReturnType<typeof JSON.parse>;
}

/** The parts and a client. */
export interface IdentityWorld {
  readonly app: FastifyInstance;
  readonly identity: Identity;
  readonly audit: AuditLog;
  readonly clock: FakeClock;
  readonly guard: RegisterDeps;
  /** Invitations that were given to the mail server. */
  readonly letters: string[];
  /** A user with a token and a workspace of their own. */
  person(name: string): Promise<{ userId: string; token: string; workspaceId: string }>;
  send(
    token: string | null,
    method: 'GET' | 'POST' | 'PATCH' | 'DELETE',
    url: string,
    payload?: object,
    headers?: Readonly<Record<string, string>>,
  ): Promise<IdentityAnswer>;
  stop(): Promise<void>;
}

/** Opens it; the caller may register more routes before the first request. */
export async function openIdentityWorld(
  options: {
    readonly providers?: IdentityProviders;
    readonly mail?: boolean;
    readonly clock?: FakeClock;
  } = {},
): Promise<IdentityWorld> {
  const clock = options.clock ?? createFakeClock();
  const { db, audit } = await openStores(clock);
  const identity = createIdentity(
    {
      secretKey: 'a secret key of at least 32 characters',
      ...(options.providers === undefined ? {} : { providers: options.providers }),
    },
    {
      db,
      clock,
      executor: createExecutor({ retry: false }, { clock }),
      chronicle: auditedWorkspaces(audit),
    },
  );
  const app = await createApp(
    { version: '0', secure: false, corsOrigins: [], trustProxy: false },
    { ids: createIds(), log: silentLogger },
  );
  const guard = { gatekeeper: createGatekeeper(identity), audit, allowedOrigins: [] };
  const letters: string[] = [];
  const money = { ledger: createLedger({}, { db, clock }), budgets: createBudgets(db, { clock }) };
  registerWorkspaceRoutes(app, { ...guard, identity, ...money });
  registerAll(app, identity, clock, guard, letters, options);
  return {
    app,
    identity,
    audit,
    clock,
    guard,
    letters,
    async person(name) {
      const { user, token } = await identity.signInForeign({
        subject: `https://people.example ${name}`,
        email: `${name.toLowerCase()}@example.com`,
        displayName: name,
      });
      const [first] = await identity.workspaces.list(user.id);
      return { userId: user.id, token, workspaceId: first?.id ?? '' };
    },
    async send(token, method, url, payload, headers = {}) {
      const answer = await app.inject({
        method,
        url,
        headers: { ...(token === null ? {} : { authorization: `Bearer ${token}` }), ...headers },
        ...(payload === undefined ? {} : { payload }),
      });
      const json = answer.headers['content-type']?.startsWith('application/json;') === true;
      return {
        status: answer.statusCode,
        headers: answer.headers,
        text: answer.body,
        body: json ? (JSON.parse(answer.body) as unknown) : null,
      };
    },
    async stop() {
      await app.close();
      await identity.removals.stop();
      await audit.stop();
      await db.stop();
    },
  };
}

async function openStores(clock: FakeClock): Promise<{ db: Database; audit: AuditLog }> {
  const tables = [auditTables, identityTables, ledgerTables];
  const db = openDatabase(
    { path: ':memory:', tables, migrations: [auditMigrations, identityMigrations, ledgerMigrations] },
    { clock },
  );
  await db.start();
  const audit = createAuditLog({ signingKey: newSigningKey() }, { db, clock });
  await audit.start();
  return { db, audit };
}

function registerAll(
  app: FastifyInstance,
  identity: Identity,
  clock: FakeClock,
  guard: RegisterDeps,
  letters: string[],
  options: { readonly providers?: IdentityProviders; readonly mail?: boolean },
): void {
  registerSessionRoutes(app, {
    ...guard,
    identity,
    server: {
      version: '0',
      environment: 'development',
      profile: 'embedded',
      stores: { events: 'sqlite', relational: 'sqlite' },
    },
    signInLink: async () => ({ url: 'http://localhost/sign-in#code=x', expiresAt: 0 }),
    providerName: options.providers?.codeFlow ? 'id.example' : null,
    log: silentLogger,
    clock,
  });
  registerApiKeyRoutes(app, { ...guard, identity, clock });
  registerMemberRoutes(app, {
    ...guard,
    identity,
    invitationUrl: (code) => `http://localhost/invitation#code=${code}`,
    async sendInvitation({ made, invitedBy }) {
      letters.push(`${made.email} by ${invitedBy}`);
      return options.mail === true;
    },
  });
}
