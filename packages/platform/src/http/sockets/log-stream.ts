/**
 * `…/raptor/logs/stream`: the log of Raptor Mini as it is written, over a WebSocket or as server-sent events. A stream goes through: admitted (an
 * operator) → greeted (`log.hello`) → live, until it closes or the server stops. A reader that is too slow is not waited for: the log
 * keeps what it can for it, and then says how many lines were dropped.
 */
import {
  logStreamPaths,
  logStreamQuerySchema,
  socketCloseCodes,
  type LogFrame,
  type LogStreamQuery,
} from '@raptorflow/contract';
import type { WebSocket } from '@fastify/websocket';
import type { FastifyInstance, FastifyReply, FastifyRequest } from 'fastify';
import {
  isRaptorFlowError,
  RaptorFlowError,
  toRaptorFlowError,
  type Clock,
  type Logger,
} from 'raptorflow/kernel';
import type { RaptorMini } from 'raptorflow/mini';
import { trackWebSocket, type ResourceScope } from 'raptorflow/resources';
import { replied } from '../register.ts';
import type { Caller, Gatekeeper } from '../call.ts';
import { followedToWire } from '../routes/raptor-wire.ts';
import type { RateLimits } from '../plugins/rate-limits.ts';
import { socketToken, type SocketCensus } from './admission.ts';

/** What the streams answer from. */
export interface LogStreamDeps {
  readonly mini: Pick<RaptorMini, 'follow'>;
  readonly gatekeeper: Gatekeeper;
  readonly allowedOrigins: readonly string[];
  readonly clock: Clock;
  readonly log: Logger;
  /** Ends all streams, when the server stops. */
  readonly stopping: AbortSignal;
  /** Limits the sockets of a user; none without. */
  readonly sockets?: SocketCensus;
  /** Where sockets are registered while they are open; nowhere without. */
  readonly resources?: ResourceScope;
  readonly limits?: RateLimits;
}

const heartbeatMs = 15_000;
/** What may wait in a connection before the next frame waits for it. */
const unsentBytesMax = 1_048_576;

/** Where frames go; resolves when there is room for the next one. */
type Send = (frame: LogFrame) => Promise<void> | void;

/** Registers the streams at both addresses. */
export function registerLogStreams(app: FastifyInstance, deps: LogStreamDeps): void {
  for (const url of logStreamPaths) {
    app.route({
      method: 'GET',
      url,
      config: { role: 'operator' },
      schema: { hide: true },
      handler: (request, reply) => serveEvents(request, reply, deps),
      wsHandler: (socket, request) => {
        void serveSocket(socket, request, deps).catch((error: unknown) => {
          deps.log.warn('A stream of the log ended with an error.', { error });
          socket.close(1011);
        });
      },
    });
  }
}

async function serveSocket(socket: WebSocket, request: FastifyRequest, deps: LogStreamDeps): Promise<void> {
  const token = socketToken(request, deps.allowedOrigins) ?? '';
  const admitted = await admit(request, deps);
  if (socket.readyState !== socket.OPEN) return;
  if (admitted instanceof RaptorFlowError) {
    refuse(socket, admitted);
    return;
  }
  const query = logStreamQuerySchema.safeParse(request.query);
  if (!query.success) {
    socket.close(1008, 'ask with level, text and last only');
    return;
  }
  if (deps.sockets?.admit(admitted.userId, socket) === false) {
    refuse(socket, tooManyStreams());
    return;
  }
  if (deps.resources) trackWebSocket(deps.resources, socket, { owner: admitted.userId, site: 'log_socket' });
  const gone = new AbortController();
  socket.on('close', () => gone.abort());
  socket.on('error', () => gone.abort());
  await follow(token, query.data, gone, deps, (frame) => {
    if (socket.readyState !== socket.OPEN) return undefined;
    const text = JSON.stringify(frame);
    if (socket.bufferedAmount <= unsentBytesMax) {
      socket.send(text);
      return undefined;
    }
    return new Promise((resolve) => {
      socket.send(text, () => resolve());
    });
  });
  socket.close(socketCloseCodes.goingAway, 'the server stops; reconnect soon');
}

function refuse(socket: WebSocket, refusal: RaptorFlowError): void {
  if (refusal.kind === 'exhausted') {
    socket.close(socketCloseCodes.tooManySockets, refusal.message.slice(0, 120));
    return;
  }
  const code = refusal.code === 'forbidden' ? socketCloseCodes.forbidden : socketCloseCodes.unauthenticated;
  socket.close(code, refusal.code);
}

function tooManyStreams(): RaptorFlowError {
  return new RaptorFlowError('rate_limited', 'This user has too many open streams; close some.', {
    retryAfterMs: heartbeatMs,
  });
}

async function serveEvents(
  request: FastifyRequest,
  reply: FastifyReply,
  deps: LogStreamDeps,
): Promise<FastifyReply | typeof replied> {
  const token = socketToken(request, deps.allowedOrigins) ?? '';
  const admitted = await admit(request, deps);
  if (admitted instanceof RaptorFlowError) throw admitted;
  if (request.headers.accept?.includes('text/event-stream') !== true) {
    throw new RaptorFlowError(
      'malformed_input',
      'This address speaks WebSocket; connect with ws://, or ask with Accept: text/event-stream.',
    );
  }
  const query = logStreamQuerySchema.safeParse(request.query);
  if (!query.success) {
    throw new RaptorFlowError(
      'invalid_input',
      'Ask with level, text (200 characters) and last (0 to 1,000) only.',
    );
  }
  const { raw } = reply;
  // Who has gone meanwhile tells of it no more.
  if (raw.destroyed) return replied;
  // The answer and not its connection, which may bring further requests.
  if (deps.sockets?.admit(admitted.userId, raw) === false) throw tooManyStreams();
  reply.hijack();
  const gone = new AbortController();
  const handle = deps.resources?.register({
    type: 'network_connection',
    owner: admitted.userId,
    site: 'log_stream',
    dispose: () => raw.destroy(),
  });
  raw.on('close', () => {
    handle?.release();
    gone.abort();
  });
  for (const [name, value] of Object.entries(reply.getHeaders())) {
    if (value !== undefined) raw.setHeader(name, value);
  }
  raw.writeHead(200, {
    'content-type': 'text/event-stream; charset=utf-8',
    'cache-control': 'no-cache, no-transform',
    'x-accel-buffering': 'no',
  });
  await follow(token, query.data, gone, deps, (frame) => {
    if (raw.writableEnded || raw.destroyed) return undefined;
    if (raw.write(`event: ${frame.type}\ndata: ${JSON.stringify(frame)}\n\n`)) return undefined;
    return new Promise((resolve) => {
      const done = (): void => {
        raw.off('drain', done);
        raw.off('close', done);
        resolve();
      };
      raw.once('drain', done);
      raw.once('close', done);
    });
  });
  raw.end();
  return replied;
}

async function follow(
  token: string,
  query: LogStreamQuery,
  gone: AbortController,
  deps: LogStreamDeps,
  send: Send,
): Promise<void> {
  const stop = (): void => gone.abort();
  deps.stopping.addEventListener('abort', stop, { once: true });
  if (deps.stopping.aborted) gone.abort();
  const heartbeat = deps.clock
    .setInterval(() => {
      void send({ type: 'log.heartbeat' });
      // Who has signed out, or is the operator no more, reads no further than to the next beat.
      void holdsNoMore(token, deps).then((ended) => ended && gone.abort());
    }, heartbeatMs)
    .unref();
  const { level, text, last } = query;
  try {
    await send({ type: 'log.hello', heartbeat_seconds: heartbeatMs / 1_000, last });
    const asked = { level, text, signal: gone.signal, ...(last === 0 ? {} : { last }) };
    for await (const followed of deps.mini.follow(asked)) await send(followedToWire(followed));
  } finally {
    heartbeat.cancel();
    deps.stopping.removeEventListener('abort', stop);
  }
}

// A store that does not answer takes nobody's rights away.
async function holdsNoMore(token: string, deps: LogStreamDeps): Promise<boolean> {
  try {
    return !(await deps.gatekeeper.identify(token)).operator;
  } catch (error) {
    return isRaptorFlowError(error) && error.kind === 'unauthenticated';
  }
}

/** The operator who asks, or why it is not let in. */
async function admit(request: FastifyRequest, deps: LogStreamDeps): Promise<Caller | RaptorFlowError> {
  const token = socketToken(request, deps.allowedOrigins);
  const caller =
    token === undefined ? undefined : await deps.gatekeeper.identify(token).catch(() => undefined);
  try {
    await deps.limits?.take([
      caller ? { name: 'user', of: caller.userId } : { name: 'address', of: request.ip },
    ]);
  } catch (error) {
    return toRaptorFlowError(error);
  }
  if (!caller) return new RaptorFlowError('unauthenticated', 'Sign in first, or send a bearer token.');
  if (caller.operator) return caller;
  return new RaptorFlowError('forbidden', 'Only the operator of this installation may read the log.');
}
