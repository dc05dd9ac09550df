export { startChromium } from './browser/chromium.ts';
export type { ChromiumBrowser, Visit, VisitOptions } from './browser/chromium.ts';
export { makeCertificate } from './certificate.ts';
export type { Certificate } from './certificate.ts';
export { startIdentityProvider } from './identity-provider/provider.ts';
export type {
  IdentityProvider,
  IdentityProviderOptions,
  RegisteredClient,
} from './identity-provider/provider.ts';
export { forgeToken, newSigningKey, toJwk } from './identity-provider/signing.ts';
export type { SigningAlgorithm, SigningKey } from './identity-provider/signing.ts';
export type { Bill, BilledOutcome, BillRow, RigPrice } from './model-server/bill.ts';
export type { ServerAnswer, ServerCall, ServerToolCall, ServerUsage, Wire } from './model-server/call.ts';
export type { Fault, Faults } from './model-server/faults.ts';
export { createModelServer } from './model-server/server.ts';
export type { ModelServer, ModelServerOptions } from './model-server/server.ts';
export { startMonitoredServer } from './monitored-server/server.ts';
export type { MonitoredServer, MonitoredServerOptions } from './monitored-server/server.ts';
export { startNats } from './nats.ts';
export type { NatsServer } from './nats.ts';
export { startPostgres } from './postgres.ts';
export type { PostgresOptions, PostgresServer } from './postgres.ts';
export { findFreePort } from './private-server.ts';
export { jsonLines, programCommand, runProgram, spawnProgram } from './program/program.ts';
export type { CommandEnd, ProgramChild, ProgramOptions } from './program/program.ts';
export { startProgramServer } from './program/server.ts';
export type { RunningServer, ServerEnd, ServerOptions } from './program/server.ts';
export { startPrometheus } from './prometheus.ts';
export type { PrometheusOptions, PrometheusServer } from './prometheus.ts';
export { proofSize } from './proof-size.ts';
export { overrunQuota, type QuotaPlace } from './quota-overrun.ts';
export type { QuotaOverrun } from './quota-overrun.ts';
export { startRedis } from './redis.ts';
export type { RedisOptions, RedisServer } from './redis.ts';
export { startRedisCluster } from './redis-cluster.ts';
export type { RedisCluster } from './redis-cluster.ts';
export { startTcpProxy } from './tcp-proxy.ts';
export type { TcpProxy } from './tcp-proxy.ts';
