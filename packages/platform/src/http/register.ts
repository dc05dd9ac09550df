/**
 * Turns the wire's route table into Fastify routes: each gets its role check, workspace, validation, context and
 * reference page from its definition, so that no route can forget one.
 */
import type { RouteDefinition, RouteGroup, RouteReply, RouteRequest } from '@raptorflow/contract';
import { invariant, RaptorFlowError, silentLogger, type Logger } from 'raptorflow/kernel';
import {
  runWithContext,
  type AuditTrail,
  type IdempotencyKeys,
  type RequestContext,
} from '@raptorflow/runtime';
import type { Quotas } from 'raptorflow/resources';
import type { FastifyInstance, FastifyReply, FastifyRequest, RequestPayload } from 'fastify';
import { audited } from './audited.ts';
import type { Caller, Call, Entrance, Gatekeeper } from './call.ts';
import { readCredentials } from './call.ts';
import { Repeats, sendKept } from './plugins/idempotency.ts';
import type { Bucket, RateLimits } from './plugins/rate-limits.ts';

/** Answers one route: validated input and the call in, the body out (or undefined when the handler wrote the reply itself). */
export type Handler<D extends RouteDefinition> = (
  input: RouteRequest<D>,
  call: Call,
) => Promise<RouteReply<D> | typeof replied> | RouteReply<D> | typeof replied;

/** A handler for every route of a group. */
export type Handlers<G extends RouteGroup> = { readonly [K in keyof G]: Handler<G[K]> };

/** Returned by a handler that has written the reply itself (a stream, a file). */
export const replied: unique symbol = Symbol('replied');

/** What registration needs. */
export interface RegisterDeps {
  readonly gatekeeper: Gatekeeper;
  /** Where changes are recorded. */
  readonly audit: AuditTrail;
  /** Origins that a browser may send its cookie from, beside the address of the server itself. */
  readonly allowedOrigins: readonly string[];
  /** Counts requests; nothing is counted without. */
  readonly limits?: RateLimits;
  /** Counts requests of known callers as `http_requests` where there is a quota on that; nothing is counted without. */
  readonly requestQuotas?: Pick<Quotas, 'acquire' | 'counted'>;
  /** Keeps the answers of requests with an idempotency key; the header is not read without. */
  readonly idempotency?: IdempotencyKeys;
  readonly log?: Logger;
}

/** The largest body of a route that does not say otherwise: 1 MiB. */
export const bodyBytesMax: number = 1024 * 1024;

interface Admitted {
  readonly caller: Caller | undefined;
  readonly entrance: Entrance | undefined;
}
const nobody: Admitted = { caller: undefined, entrance: undefined };

/** Registers a group's routes with their handlers. A route without a handler does not compile. */
export function registerRoutes<G extends RouteGroup>(
  app: FastifyInstance,
  group: G,
  handlers: Handlers<G>,
  deps: RegisterDeps,
): void {
  for (const [operation, definition] of Object.entries(group)) {
    const handler = handlers[operation];
    invariant(handler, `every route has a handler; ${operation} of ${definition.path} has none`);
    registerRoute(app, operation, definition, handler, deps);
  }
}

function registerRoute(
  app: FastifyInstance,
  operation: string,
  definition: RouteDefinition,
  handler: Handler<RouteDefinition>,
  deps: RegisterDeps,
): void {
  const settled = new WeakMap<FastifyRequest, Admitted>();
  const repeats = repeatsOf(definition, deps);
  const json = (definition.format ?? 'json') === 'json';
  app.route({
    method: definition.method,
    url: definition.path,
    ...(definition.bodyBytesMax === undefined ? {} : { bodyLimit: definition.bodyBytesMax }),
    config: { role: definition.role, limited: definition.tag !== 'health' },
    schema: {
      tags: [definition.tag],
      summary: definition.summary,
      operationId: `${definition.tag}-${operation}`,
      ...(definition.params === undefined ? {} : { params: definition.params }),
      ...(definition.query === undefined ? {} : { querystring: definition.query }),
      ...(definition.body === undefined || definition.encoding === 'multipart'
        ? {}
        : { body: definition.body }),
      ...(json ? { response: { [definition.status ?? 200]: definition.response } } : {}),
      ...(definition.role === 'public' ? {} : { security: [{ bearer: [] }] }),
    },
    // Before parsing: a stranger's body is not read at all.
    onRequest: async (request, reply) => {
      const query = request.query as Record<string, unknown>;
      const hinted = query['workspace_id'];
      if (definition.query === undefined || !('workspace_id' in definition.query.shape))
        delete query['workspace_id'];
      settled.set(request, await admit(request, reply, definition, hinted, deps));
    },
    ...(repeats === undefined ? {} : hooksOf(repeats, definition)),
    handler: async (request, reply) => {
      const { caller, entrance } = settled.get(request) ?? nobody;
      const who = { userId: caller?.userId ?? '', workspaceId: entrance?.workspaceId };
      const kept = await repeats?.begin(request, who);
      if (kept) return sendKept(reply, kept);
      const lasting = repeats?.has(request) === true && !isStream(definition, request);
      const call = createCall(request, reply, { caller, entrance }, { lasting, audit: deps.audit });
      const input = {
        ...(definition.params === undefined ? {} : { params: request.params }),
        ...(definition.query === undefined ? {} : { query: request.query }),
        ...(definition.body === undefined ? {} : { body: request.body }),
      };
      const body = await runWithContext(contextOf(request, caller, entrance), async () =>
        handler(input as RouteRequest<RouteDefinition>, call),
      );
      if (body === replied) {
        await repeats?.settleStream(request);
        return reply;
      }
      if (reply.statusCode === 200) void reply.status(definition.status ?? 200);
      return reply.send(body);
    },
  });
}

function repeatsOf(definition: RouteDefinition, deps: RegisterDeps): Repeats | undefined {
  // Whoever is not known yet has no keys: a sign-in cannot be told from another's.
  if (definition.method !== 'POST' || definition.role === 'public' || !deps.idempotency) return undefined;
  return new Repeats(
    { keys: deps.idempotency, log: deps.log ?? silentLogger },
    { answersSecret: definition.answersSecret === true },
  );
}

function hooksOf(repeats: Repeats, definition: RouteDefinition): object {
  const bytesMax = definition.bodyBytesMax ?? bodyBytesMax;
  return {
    preParsing: async (request: FastifyRequest, _reply: FastifyReply, payload: RequestPayload) =>
      (await repeats.fingerprint(request, payload as AsyncIterable<Buffer>, bytesMax)) ?? payload,
    onSend: (request: FastifyRequest, reply: FastifyReply, payload: unknown) =>
      repeats.settle(request, reply, payload),
  };
}

function isStream({ format }: RouteDefinition, { body }: FastifyRequest): boolean {
  return (
    format === 'stream' &&
    typeof body === 'object' &&
    body !== null &&
    'stream' in body &&
    body.stream === true
  );
}

// Counted before anything costs much: tries to get in by their address, everybody else by who they are.
async function admit(
  request: FastifyRequest,
  reply: FastifyReply,
  definition: RouteDefinition,
  hinted: unknown,
  deps: RegisterDeps,
): Promise<Admitted> {
  const { limits } = deps;
  if (definition.countedAsAttempt) await limits?.take([{ name: 'attempts', of: request.ip }], reply);
  const admitted = await identify(request, definition, hinted, deps).catch(async (error: unknown) => {
    if (isUnauthenticated(error)) await limits?.take([{ name: 'address', of: request.ip }], reply);
    throw error;
  });
  const buckets: Bucket[] = [];
  if (admitted.caller && definition.role !== 'public')
    buckets.push({ name: 'user', of: admitted.caller.userId });
  if (admitted.entrance) buckets.push({ name: 'workspace', of: admitted.entrance.workspaceId });
  await limits?.take(buckets, reply);
  const { requestQuotas } = deps;
  if (requestQuotas?.counted.has('http_requests') === true) await count(requestQuotas, admitted, definition);
  return admitted;
}

// Quotas themselves are not counted, so that whoever has used up one can still read and change it; nor is the health of the server.
async function count(
  quotas: Pick<Quotas, 'acquire'>,
  { caller, entrance }: Admitted,
  { tag }: RouteDefinition,
): Promise<void> {
  if (!caller || tag === 'quotas' || tag === 'health') return;
  const subject = { workspaceId: entrance?.workspaceId, userId: caller.userId };
  const grant = await quotas.acquire(1, { resource: 'http_requests', ...subject });
  // A request is used up; a quota on what is held would otherwise keep it for ever.
  await grant.release();
}

function isUnauthenticated(error: unknown): boolean {
  return error instanceof RaptorFlowError && error.kind === 'unauthenticated';
}

async function identify(
  request: FastifyRequest,
  definition: RouteDefinition,
  hinted: unknown,
  deps: RegisterDeps,
): Promise<Admitted> {
  const { role } = definition;
  const credentials = readCredentials(request);
  if (credentials?.from === 'cookie') assertOwnOrigin(request, deps.allowedOrigins);
  if (role === 'public') {
    // A public route still greets a known caller; a bad token there is simply nobody.
    const caller = credentials
      ? await deps.gatekeeper.identify(credentials.token).catch(() => undefined)
      : undefined;
    return { caller, entrance: undefined };
  }
  if (!credentials) {
    throw new RaptorFlowError(
      'unauthenticated',
      'Sign in first: open the link that the server prints at its start, or send "Authorization: Bearer <token>" (raptorflow token makes one).',
    );
  }
  if (role === 'user' || role === 'operator') {
    const caller = await deps.gatekeeper.identify(credentials.token);
    if (role === 'operator') assertOperator(caller);
    assertWithinKey(caller, definition);
    return { caller, entrance: undefined };
  }
  const path = (request.params as Record<string, string | undefined>)['workspace_id'];
  const header = request.headers['x-workspace-id'];
  const hints = {
    header: typeof header === 'string' && header !== '' ? header : undefined,
    query: typeof hinted === 'string' && hinted !== '' ? hinted : undefined,
    path,
  };
  const admitted = await deps.gatekeeper.admit(credentials.token, hints, role);
  assertWithinKey(admitted.caller, definition);
  return admitted;
}

function assertOperator(caller: Caller): void {
  if (caller.operator) return;
  throw new RaptorFlowError(
    'forbidden',
    'Only the operator of this installation may do that; ask for an operator token.',
  );
}

// A key is good for its workspace, where its role holds as a member's does; outside of it a key reads and changes nothing. Its scopes
// are walls within the role.
function assertWithinKey({ key }: Caller, { method, role, scope }: RouteDefinition): void {
  if (!key) return;
  if (role === 'user' && method !== 'GET') {
    throw new RaptorFlowError(
      'forbidden',
      'An API key is good within its workspace alone, and this is beyond it; use the token of a person.',
    );
  }
  if (key.scopes.length === 0) return;
  if (key.scopes.includes('read') && method === 'GET') return;
  if (scope !== undefined && key.scopes.includes(scope)) return;
  throw new RaptorFlowError(
    'forbidden',
    `This API key is narrowed to ${key.scopes.join(' and ')}; make one with a wider scope for this.`,
    { details: { scopes: key.scopes } },
  );
}

// A cookie travels by itself, so a change asked for with it must come from a page of ours (CSRF). Browsers always send
// Origin with such requests; SameSite=Strict on the cookie is the second wall.
function assertOwnOrigin(request: FastifyRequest, allowedOrigins: readonly string[]): void {
  if (request.method === 'GET' || request.method === 'HEAD') return;
  const origin = request.headers.origin;
  const own = `${request.protocol}://${request.headers.host ?? ''}`;
  if (origin === own || (origin !== undefined && allowedOrigins.includes(origin))) return;
  throw new RaptorFlowError(
    'forbidden',
    `A change with a session cookie must come from this server's own pages, not from ${origin ?? 'a request without Origin'}; programs send a bearer token.`,
  );
}

function contextOf(
  request: FastifyRequest,
  caller: Caller | undefined,
  entrance: Entrance | undefined,
): RequestContext {
  return {
    correlationId: request.id,
    ...(caller === undefined ? {} : { userId: caller.userId }),
    ...(entrance === undefined ? {} : { workspaceId: entrance.workspaceId, role: entrance.role }),
  };
}

function createCall(
  request: FastifyRequest,
  reply: FastifyReply,
  { caller, entrance }: Admitted,
  { lasting, audit }: { readonly lasting: boolean; readonly audit: AuditTrail },
): Call {
  let abort: AbortController | undefined;
  return {
    correlationId: request.id,
    get signal() {
      if (!abort) {
        const controller = new AbortController();
        reply.raw.once('close', () => {
          if (!lasting && !reply.raw.writableEnded) controller.abort();
        });
        abort = controller;
      }
      return abort.signal;
    },
    get caller() {
      if (!caller) throw new RaptorFlowError('unauthenticated', 'Sign in first.');
      return caller;
    },
    callerIfAny: caller,
    get workspaceId() {
      invariant(entrance, 'a handler that asks for a workspace stands on a route with a workspace role');
      return entrance.workspaceId;
    },
    get role() {
      invariant(entrance, 'a handler that asks for a role stands on a route with a workspace role');
      return entrance.role;
    },
    audited(doing, work) {
      if (!caller) throw new RaptorFlowError('unauthenticated', 'Sign in first.');
      const isGlobal = entrance === undefined || doing.chain === 'installation';
      const kind = isGlobal && caller.operator ? 'operator' : 'user';
      const asking = {
        actor: { kind, id: caller.userId } as const,
        workspaceId: entrance?.workspaceId,
        correlationId: request.id,
      };
      return audited(audit, asking, doing, work);
    },
    request,
    reply,
  };
}
