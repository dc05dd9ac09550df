/**
 * Turns the wire's route table into Fastify routes: each gets its role check, workspace, validation, context and
 * reference page from its definition, so that no route can forget one.
 */
import type { RouteDefinition, RouteGroup, RouteReply, RouteRequest } from '@raptorflow/contract';
import { invariant, RaptorFlowError } from 'raptorflow/kernel';
import { runWithContext, type AuditTrail, type RequestContext } from '@raptorflow/runtime';
import type { FastifyInstance, FastifyReply, FastifyRequest } from 'fastify';
import { audited } from './audited.ts';
import type { Caller, Call, Entrance, Gatekeeper } from './call.ts';
import { readCredentials } from './call.ts';

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
}

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
  const settled = new WeakMap<
    FastifyRequest,
    { caller: Caller | undefined; entrance: Entrance | undefined }
  >();
  const json = (definition.format ?? 'json') === 'json';
  app.route({
    method: definition.method,
    url: definition.path,
    ...(definition.bodyBytesMax === undefined ? {} : { bodyLimit: definition.bodyBytesMax }),
    config: { role: definition.role },
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
    onRequest: async (request) => {
      const query = request.query as Record<string, unknown>;
      const hinted = query['workspace_id'];
      if (definition.query === undefined || !('workspace_id' in definition.query.shape))
        delete query['workspace_id'];
      settled.set(request, await admit(request, definition, hinted, deps));
    },
    handler: async (request, reply) => {
      const admitted = settled.get(request) ?? { caller: undefined, entrance: undefined };
      const call = createCall(request, reply, admitted, deps.audit);
      const input = {
        ...(definition.params === undefined ? {} : { params: request.params }),
        ...(definition.query === undefined ? {} : { query: request.query }),
        ...(definition.body === undefined ? {} : { body: request.body }),
      };
      const body = await runWithContext(contextOf(request, admitted.caller, admitted.entrance), async () =>
        handler(input as RouteRequest<RouteDefinition>, call),
      );
      if (body === replied) return reply;
      if (reply.statusCode === 200) void reply.status(definition.status ?? 200);
      return reply.send(body);
    },
  });
}

async function admit(
  request: FastifyRequest,
  definition: RouteDefinition,
  hinted: unknown,
  deps: RegisterDeps,
): Promise<{ caller: Caller | undefined; entrance: Entrance | undefined }> {
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
  { caller, entrance }: { readonly caller: Caller | undefined; readonly entrance: Entrance | undefined },
  audit: AuditTrail,
): Call {
  let abort: AbortController | undefined;
  return {
    correlationId: request.id,
    get signal() {
      if (!abort) {
        const controller = new AbortController();
        reply.raw.once('close', () => {
          if (!reply.raw.writableEnded) controller.abort();
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
