/** Typed HTTP and WebSocket client for browser and Node. */
export { type Addresses, addresses } from './addresses.ts';
export {
  type Client,
  type ClientOptions,
  type ClientResources,
  createClient,
  type Operation,
} from './client.ts';
export { ClientError, type ClientErrorFacts, isClientError } from './error.ts';
export { type SocketDeps, type SocketLike, type SocketStatus } from './kept-connection.ts';
export {
  joinLogReplay,
  type LogFilter,
  type LogLine,
  type LogStream,
  type LogStreamOptions,
  openLogStream,
} from './log-stream.ts';
export { type CallOptions } from './request.ts';
export { type DashboardSocket, type DashboardSocketOptions, openDashboardSocket } from './socket.ts';
export { systemTimers, type Timers } from './timers.ts';
