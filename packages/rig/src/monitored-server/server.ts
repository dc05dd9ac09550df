/**
 * A server that speaks the wire of Raptor Mini and Periscope and does nothing behind it: for tests of what people see of
 * them, where the figures have to be known and the failures made. Requests and answers are held to the contract.
 */
import { createReadStream, existsSync } from 'node:fs';
import { createServer, type IncomingMessage, type Server, type ServerResponse } from 'node:http';
import type { AddressInfo } from 'node:net';
import { extname, join, normalize } from 'node:path';
import { socketFrameSchema } from '@raptorflow/contract';
import { RaptorFlowError, systemClock } from 'raptorflow/kernel';

import { createHandlers, idsOfServer } from './handlers.ts';
import { createMonitoredLog, type MonitoredLog } from './log.ts';
import {
  answerFailure,
  answerJson,
  findRoute,
  readRequest,
  type WireFailure,
  type WireHandler,
} from './routing.ts';
import type { MonitoredState } from './state.ts';
import { acceptSocket } from './web-socket.ts';

/** The server, once it listens. */
export interface MonitoredServer {
  readonly url: string;
  /** Any other bearer token is refused; a request without one is taken for a browser with a session. */
  readonly token: string;
  readonly workspaceId: string;
  readonly state: MonitoredState;
  readonly log: MonitoredLog;
  /** What was asked for, such as `raptor.start`, in order. */
  readonly asked: string[];
  stop(): Promise<void>;
}

/** What it serves beside the API. */
export interface MonitoredServerOptions {
  /** The folder of a built dashboard; none by default. */
  readonly dashboard?: string;
}

interface World extends MonitoredServer {
  readonly handlers: Readonly<Record<string, WireHandler>>;
  readonly dashboard: string | undefined;
}

/** Starts it on a free port. Raptor Mini runs, the caller is the operator, and there is no GPU. */
export async function startMonitoredServer(options: MonitoredServerOptions = {}): Promise<MonitoredServer> {
  const state: MonitoredState = {
    running: true,
    operator: true,
    gpuCount: 0,
    breakers: new Map([['fetch:news', 'open']]),
    failures: new Map(),
  };
  const log = createMonitoredLog();
  const server = createServer();
  const open = new Set<() => void>();
  const port = await listen(server);
  const world: World = {
    url: `http://127.0.0.1:${port}`,
    token: 'rig-token',
    workspaceId: idsOfServer.workspace,
    state,
    log,
    asked: [],
    handlers: createHandlers(state, log),
    dashboard: options.dashboard,
    async stop() {
      for (const cut of open) cut();
      server.closeAllConnections();
      await new Promise<void>((resolve) => {
        server.close(() => resolve());
      });
    },
  };
  server.on('request', (request, response) => void serve(world, request, response));
  server.on('upgrade', (request, raw) => {
    const { pathname, searchParams } = new URL(request.url ?? '/', world.url);
    const socket = acceptSocket(request, raw);
    open.add(socket.cut);
    void socket.onceClosed.then(() => open.delete(socket.cut));
    const bearer = /bearer\.(\S+)/u.exec(request.headers['sec-websocket-protocol'] ?? '')?.[1];
    if (bearer !== undefined && bearer !== world.token) socket.close(4401);
    else if (pathname === '/api/v1/raptor/logs/stream') {
      if (state.operator) log.follow(socket, searchParams);
      else socket.close(4403);
    } else socket.send(greeting());
  });
  return world;
}

function greeting(): object {
  return socketFrameSchema.parse({
    type: 'socket.hello',
    data: { heartbeat_seconds: 30 },
    event_id: null,
    channel: null,
    workspace_id: null,
    timestamp: new Date(systemClock.now()).toISOString(),
  });
}

async function listen(server: Server): Promise<number> {
  await new Promise<void>((resolve) => {
    server.listen(0, '127.0.0.1', resolve);
  });
  // A listening TCP server always has an address object.
  return (server.address() as AddressInfo).port;
}

async function serve(world: World, request: IncomingMessage, response: ServerResponse): Promise<void> {
  const { pathname, searchParams } = new URL(request.url ?? '/', world.url);
  const found = findRoute(request.method ?? 'GET', pathname);
  if (!found) {
    serveFile(world, pathname, response);
    return;
  }
  world.asked.push(found.name);
  try {
    const wire = await readRequest(request, found, searchParams);
    const failure = failureOf(world, found.name, found.route.role, request.headers.authorization);
    if (failure) answerFailure(response, failure);
    else {
      const body = world.handlers[found.name]?.(wire);
      answerJson(response, found.route.status ?? 200, found.route.response.parse(body));
    }
  } catch (error) {
    const message = error instanceof Error ? error.message : String(error);
    answerFailure(response, { status: 422, code: 'invalid_input', message });
  }
}

function failureOf(
  world: World,
  name: string,
  role: string,
  authorization: string | undefined,
): WireFailure | undefined {
  if (role !== 'public' && authorization !== undefined && authorization !== `Bearer ${world.token}`)
    return { status: 401, code: 'unauthenticated', message: 'The token is not valid.' };
  if (role === 'operator' && !world.state.operator)
    return { status: 403, code: 'forbidden', message: 'Only the operator of the installation may do this.' };
  if (world.handlers[name] === undefined)
    return { status: 404, code: 'not_found', message: `The monitored server has no ${name}.` };
  return world.state.failures.get(name);
}

const types: Readonly<Record<string, string>> = {
  '.css': 'text/css',
  '.html': 'text/html; charset=utf-8',
  '.js': 'text/javascript',
  '.svg': 'image/svg+xml',
};

function serveFile(world: World, pathname: string, response: ServerResponse): void {
  if (world.dashboard === undefined || pathname.startsWith('/api/')) {
    answerFailure(response, { status: 404, code: 'not_found', message: `There is no ${pathname}.` });
    return;
  }
  const asked = join(world.dashboard, normalize(pathname));
  const isFile = extname(asked) !== '' && existsSync(asked);
  const path = isFile ? asked : join(world.dashboard, 'index.html');
  if (!existsSync(path)) {
    throw new RaptorFlowError('unavailable', `There is no dashboard in ${world.dashboard}.`);
  }
  response.writeHead(200, { 'content-type': types[extname(path)] ?? 'application/octet-stream' });
  createReadStream(path).pipe(response);
}
