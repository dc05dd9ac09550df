/**
 * `WS /ws/dashboard/:user_id`: live events of the caller's workspaces. A socket goes through: admitted (token or cookie,
 * the caller's own id) → greeted (`socket.hello`) → live, until it closes, its token ends, its client is too slow, or the
 * server stops.
 */
import {
  dashboardSocketPath,
  socketClientFrameSchema,
  socketCloseCodes,
  type SocketClientFrame,
  type SocketFrame,
} from '@raptorflow/contract';
import type { WebSocket } from '@fastify/websocket';
import type { Bus } from 'raptorflow/bus';
import { isRaptorFlowError, uuidV7Millis, type Clock, type Logger, type Timer } from 'raptorflow/kernel';
import { trackWebSocket, type ResourceScope } from 'raptorflow/resources';
import type { FastifyInstance, FastifyRequest } from 'fastify';
import type { Caller, Gatekeeper } from '../call.ts';
import type { RateLimits } from '../plugins/rate-limits.ts';
import { socketToken, type SocketCensus } from './admission.ts';
import { frameOf, stateChannel, type EventHub, type Viewer } from './hub.ts';

/** What the socket answers from. */
export interface DashboardSocketDeps {
  readonly bus: Bus;
  readonly hub: EventHub;
  readonly gatekeeper: Gatekeeper;
  readonly allowedOrigins: readonly string[];
  /** Ids of the workspaces that a user may enter now. */
  readonly workspacesOf: (userId: string) => Promise<readonly string[]>;
  readonly clock: Clock;
  readonly log: Logger;
  /** Limits the sockets of a user; none without. */
  readonly sockets?: SocketCensus;
  /** Where sockets are registered while they are open; nowhere without. */
  readonly resources?: ResourceScope;
  readonly limits?: RateLimits;
}

const heartbeatMs = 15_000;
/** A client that lets this much pile up unread is dropped rather than remembered. */
const unreadBytesMax = 4 * 1024 * 1024;
/** Frames a client may send in one heartbeat; a person's dashboard sends a handful. */
const clientFramesMax = 120;
/** Missed events that are sent again; beyond, the client reads its state anew. */
const resumedEventsMax = 5_000;

/** Registers the socket. */
export function registerDashboardSocket(app: FastifyInstance, deps: DashboardSocketDeps): void {
  app.route({
    method: 'GET',
    url: dashboardSocketPath,
    config: { role: 'user' },
    schema: { hide: true },
    handler: (_request, reply) =>
      reply.status(426).send({
        error: {
          code: 'malformed_input',
          message: 'This address speaks WebSocket; connect with ws://.',
          details: {},
        },
        correlation_id: _request.id,
      }),
    wsHandler: (socket, request) => {
      void serve(socket, request, deps).catch((error: unknown) => {
        if (isRaptorFlowError(error, 'rate_limited')) {
          socket.close(socketCloseCodes.tooManySockets, error.message.slice(0, 120));
          return;
        }
        deps.log.warn('A dashboard socket ended with an error.', { error });
        socket.close(1011);
      });
    },
  });
}

async function serve(socket: WebSocket, request: FastifyRequest, deps: DashboardSocketDeps): Promise<void> {
  // Frames that arrive while the caller is being admitted must not be lost, as long as they are no more than one who is in may send.
  const early: string[] = [];
  let receive = (text: string): void => {
    if (early.push(text) > clientFramesMax) socket.close(socketCloseCodes.tooManyFrames, 'too many frames');
  };
  socket.on('message', (data: Buffer) => receive(data.toString('utf8')));

  const admitted = await admit(request, deps);
  if (socket.readyState !== socket.OPEN) return;
  if (admitted === 'unauthenticated' || admitted === 'forbidden') {
    socket.close(socketCloseCodes[admitted], admitted);
    return;
  }
  if (deps.sockets?.admit(admitted.caller.userId, socket) === false) {
    socket.close(socketCloseCodes.tooManySockets, 'too many sockets; close some tabs');
    return;
  }
  if (deps.resources) {
    trackWebSocket(deps.resources, socket, { owner: admitted.caller.userId, site: 'dashboard_socket' });
  }
  const session = new DashboardSession(socket, admitted, deps);
  await session.begin();
  receive = (text) => session.receive(text);
  for (const text of early) session.receive(text);
}

async function admit(
  request: FastifyRequest,
  deps: DashboardSocketDeps,
): Promise<Admitted | 'unauthenticated' | 'forbidden'> {
  const token = socketToken(request, deps.allowedOrigins);
  const caller =
    token === undefined ? undefined : await deps.gatekeeper.identify(token).catch(() => undefined);
  if (token === undefined || !caller) {
    await deps.limits?.take([{ name: 'address', of: request.ip }]);
    return 'unauthenticated';
  }
  await deps.limits?.take([{ name: 'user', of: caller.userId }]);
  const { user_id: userId } = request.params as { user_id: string };
  // A key that may not read sees nothing either.
  const blind = caller.key && caller.key.scopes.length > 0 && !caller.key.scopes.includes('read');
  return caller.userId === userId && !blind ? { token, caller } : 'forbidden';
}

interface Admitted {
  readonly token: string;
  readonly caller: Caller;
}

const changesOfRights: ReadonlySet<string> = new Set([
  'api_key.revoked',
  'member.added',
  'member.removed',
  'session.ended',
  'workspace.created',
  'workspace.deletion_started',
]);

class DashboardSession implements Viewer {
  tails: readonly string[] = [];
  readonly #socket: WebSocket;
  readonly #token: string;
  readonly #caller: Caller;
  readonly #deps: DashboardSocketDeps;
  #workspaces: ReadonlySet<string> = new Set();
  #heartbeat: Timer | undefined;
  #framesThisBeat = 0;

  constructor(socket: WebSocket, { token, caller }: Admitted, deps: DashboardSocketDeps) {
    this.#socket = socket;
    this.#token = token;
    this.#caller = caller;
    this.#deps = deps;
  }

  async begin(): Promise<void> {
    await this.#readWorkspaces();
    this.#socket.on('close', () => this.#end());
    this.#socket.on('error', () => this.#end());
    this.#deps.hub.join(this);
    this.#sendControl('socket.hello', { heartbeat_seconds: heartbeatMs / 1000 });
    this.#heartbeat = this.#deps.clock.setInterval(() => this.#beat(), heartbeatMs).unref();
  }

  sees(workspaceId: string | null): boolean {
    return workspaceId === null ? this.#caller.operator : this.#workspaces.has(workspaceId);
  }

  deliver(encoded: string): void {
    if (this.#socket.readyState !== this.#socket.OPEN) return;
    if (this.#socket.bufferedAmount > unreadBytesMax) {
      this.#socket.close(socketCloseCodes.slowClient, 'too slow; reconnect and resume');
      return;
    }
    this.#socket.send(encoded);
  }

  rightsChanged({ type, workspaceId, payload }: Parameters<Viewer['rightsChanged']>[0]): void {
    if (!changesOfRights.has(type)) return;
    const about = (name: string): unknown =>
      typeof payload === 'object' && payload !== null ? Reflect.get(payload, name) : undefined;
    const { userId, tokenId } = this.#caller;
    const mine = about('user_id') === userId || about('owner_id') === userId;
    if (type === 'session.ended' && about('token_id') !== tokenId) return;
    if (type === 'api_key.revoked' && about('key_id') !== tokenId) return;
    if (type.startsWith('member.') && !mine) return;
    if (type === 'workspace.created' && !mine) return;
    // What is taken away is not shown any more while the rest is read anew.
    if (type === 'member.removed' || type === 'workspace.deletion_started') {
      this.#workspaces = new Set([...this.#workspaces].filter((id) => id !== workspaceId));
    }
    this.#recheck();
  }

  receive(text: string): void {
    this.#framesThisBeat += 1;
    if (this.#framesThisBeat > clientFramesMax) {
      this.#socket.close(socketCloseCodes.tooManyFrames, 'too many frames');
      return;
    }
    if (text === 'ping') {
      this.#sendControl('socket.pong', {});
      return;
    }
    const frame = parseFrame(text);
    if (!frame) {
      this.#sendControl('socket.error', {
        code: 'malformed_input',
        message:
          'Send {"resume_from": "<event id>"}, {"tail": ["<pattern>"]}, {"type": "ping"} or the text ping.',
      });
      return;
    }
    void this.#obey(frame).catch((error: unknown) => {
      this.#deps.log.warn('A frame of a dashboard could not be served.', { error });
      this.#sendControl('socket.resync', { reason: 'the server could not read what was missed' });
    });
  }

  async #obey(frame: SocketClientFrame): Promise<void> {
    if ('tail' in frame) {
      this.tails = frame.tail;
      await this.#deps.hub.retune();
    } else if ('resume_from' in frame) {
      await this.#resume(frame.resume_from);
    } else {
      this.#sendControl('socket.pong', {});
    }
  }

  /** Sends the state updates since an event again. They may overlap with live ones; clients know events by their ids. */
  async #resume(eventId: string): Promise<void> {
    const last = await this.#deps.bus.getMessage(eventId).catch(() => null);
    if (!last || last.channel !== stateChannel || !this.sees(last.workspaceId)) {
      this.#sendControl('socket.resync', { reason: 'that event is no longer kept' });
      return;
    }
    let found = false;
    let count = 0;
    await this.#deps.bus.replayChannel(
      stateChannel,
      (event) => {
        if (event.id === eventId) found = true;
        else if (found && this.sees(event.workspaceId)) {
          count += 1;
          this.deliver(JSON.stringify(frameOf(event)));
        }
      },
      // The order of the log is the order of storing, which may differ a little from that of the ids.
      { since: uuidV7Millis(eventId) - 10_000, limit: resumedEventsMax },
    );
    if (found) this.#sendControl('socket.resumed', { count });
    else this.#sendControl('socket.resync', { reason: 'too much was missed' });
  }

  #beat(): void {
    this.#framesThisBeat = 0;
    if (this.#deps.clock.now() >= this.#caller.expiresAtMs) {
      this.#socket.close(socketCloseCodes.unauthenticated, 'the session has ended');
      return;
    }
    this.#sendControl('socket.heartbeat', {});
    // Events tell of changes at once; the look at each beat finds what was missed while the bus was away.
    this.#recheck();
  }

  /** Ends the connection when its token holds no more; else reads which workspaces it may see. */
  #recheck(): void {
    void this.#stillAdmitted()
      .then(() => this.#readWorkspaces())
      .catch((error: unknown) => {
        this.#deps.log.warn('The rights of a dashboard could not be read.', { error });
      });
  }

  async #stillAdmitted(): Promise<void> {
    try {
      await this.#deps.gatekeeper.identify(this.#token);
    } catch (error) {
      if (!isRaptorFlowError(error) || error.kind !== 'unauthenticated') throw error;
      this.#workspaces = new Set();
      this.#socket.close(socketCloseCodes.unauthenticated, 'the session has ended');
    }
  }

  async #readWorkspaces(): Promise<void> {
    const { userId, key } = this.#caller;
    const all = await this.#deps.workspacesOf(userId);
    this.#workspaces = new Set(key ? all.filter((id) => id === key.workspaceId) : all);
  }

  #sendControl(type: string, data: Record<string, unknown>): void {
    const frame: SocketFrame = {
      type,
      data,
      event_id: null,
      channel: null,
      workspace_id: null,
      timestamp: new Date(this.#deps.clock.now()).toISOString(),
    };
    this.deliver(JSON.stringify(frame));
  }

  #end(): void {
    this.#heartbeat?.cancel();
    this.#deps.hub.leave(this);
  }
}

function parseFrame(text: string): SocketClientFrame | undefined {
  try {
    const result = socketClientFrameSchema.safeParse(JSON.parse(text));
    return result.success ? result.data : undefined;
  } catch {
    return undefined;
  }
}
