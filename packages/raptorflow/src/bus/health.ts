import { toRaptorFlowError, type Clock, type ServiceState } from '../kernel/index.ts';
import { deadLetterReasons, type DeadLetterReason } from './channel.ts';
import type { ChannelTable } from './channel-table.ts';
import type { BusEngine, EngineReport } from './engine.ts';
import type { BusHealth, ChannelReport, GroupReport } from './report.ts';

/** An engine that takes longer to answer is called slow. */
const slowPingMs = 1_000;
/** Share of the waiting publishes' limit from which on the bus is called degraded. */
const fullShare = 0.8;

/** What the health report looks at. */
export interface HealthParts {
  readonly engine: BusEngine;
  readonly clock: Clock;
  readonly isOpen: boolean;
  readonly state: ServiceState;
  readonly pending: number;
  readonly pendingMax: number;
}

/** Asks the engine how it is. Never rejects: an engine that does not answer makes the bus unhealthy, with the reason. */
export async function reportHealth(parts: HealthParts): Promise<BusHealth> {
  const { engine, clock } = parts;
  if (!parts.isOpen) return unhealthy(engine.name, `The bus is ${parts.state}.`);
  const begunAt = clock.monotonic();
  let report: EngineReport;
  let groups: readonly GroupReport[];
  try {
    [report, groups] = await Promise.all([engine.inspect(), engine.groups.list()]);
  } catch (error) {
    return unhealthy(engine.name, `The engine does not answer: ${toRaptorFlowError(error).message}`);
  }
  const pingMs = clock.monotonic() - begunAt;
  const reasons: string[] = [];
  if (pingMs > slowPingMs) reasons.push(`The engine took ${Math.round(pingMs)} ms to answer.`);
  if (parts.pending > fullShare * parts.pendingMax) {
    reasons.push(`${parts.pending} publishes wait for the engine, of ${parts.pendingMax} that may.`);
  }
  return {
    status: reasons.length === 0 ? 'healthy' : 'degraded',
    reasons,
    warnings: report.warnings,
    engine: engine.name,
    version: report.version,
    durability: report.durability,
    survives: report.survives,
    pingMs,
    connectedClients: report.connectedClients,
    storedBytes: report.storedBytes,
    events: report.events,
    groups,
    deadLetters: report.deadLetters,
    commandsPerSecond: report.commandsPerSecond,
    polling: report.polling ?? null,
  };
}

function unhealthy(engine: string, reason: string): BusHealth {
  const none = Object.fromEntries(deadLetterReasons.map((name) => [name, 0])) as Record<
    DeadLetterReason,
    number
  >;
  return {
    status: 'unhealthy',
    reasons: [reason],
    warnings: [],
    engine,
    version: null,
    durability: 'unknown',
    survives: 'Unknown, because the engine does not answer.',
    pingMs: null,
    connectedClients: null,
    storedBytes: null,
    events: null,
    groups: [],
    deadLetters: none,
    commandsPerSecond: null,
    polling: null,
  };
}

/** Declared channels and those that hold events, by name. */
export function reportChannels(table: ChannelTable, report: EngineReport): ChannelReport[] {
  const stored = new Map(report.channels.map((channel) => [channel.name, channel]));
  const names = new Set([...table.names(), ...stored.keys()]);
  return [...names].toSorted().map((name) => {
    const declaration = table.declarationOf(name);
    const counts = stored.get(name);
    return {
      name,
      declared: declaration !== undefined,
      retentionMs: table.policyOf(name).retentionMs,
      events: counts?.events ?? 0,
      bytes: counts?.bytes ?? 0,
      published: counts?.published ?? 0,
      carries: declaration?.carries ?? null,
    };
  });
}
