import { RaptorFlowError } from '../../../kernel/index.ts';
import { deadLetterReasons, type DeadLetterReason } from '../../channel.ts';
import type { EngineReport } from '../../engine.ts';
import type { DurabilityReport, PollingReport } from '../../report.ts';
import type { Connection } from './connection.ts';

interface ReportParts {
  readonly connection: Connection;
  /** What the counting script answered, partition by partition. */
  readonly counts: readonly unknown[];
  readonly warnings: readonly string[];
  /** Replicas that publishes wait for. */
  readonly replicas: number;
  readonly peers: number;
  readonly skewMs: number;
  readonly commandsPerSecond: number;
  readonly polling: PollingReport | null;
}

const survives: Readonly<Record<'always' | 'everysec' | 'no' | 'off' | 'unknown', string>> = {
  always:
    'Acknowledged events survive kill -9 of every process, of Redis too, and loss of power on its machine.',
  everysec:
    'Acknowledged events survive kill -9 of every process; a loss of power on the machine of Redis can lose its last two seconds.',
  no: 'Acknowledged events survive kill -9 of every process; a loss of power on the machine of Redis can lose what its system had not written.',
  off: 'Acknowledged events survive kill -9 of our processes; they end with Redis, which keeps no append-only file.',
  unknown: 'Redis does not tell how it keeps its data; ask its operator what a crash of Redis can lose.',
};

/** What the engine says about itself. */
export async function reportOf(parts: ReportParts): Promise<EngineReport> {
  const { connection, counts } = parts;
  const [server, memory, appendfsync] = await Promise.all([
    infoOf(connection, 'server'),
    infoOf(connection, 'memory'),
    syncOf(connection),
  ]);
  const warnings = [...parts.warnings];
  if (parts.skewMs > 0) {
    warnings.push(
      `The clock of this machine and that of Redis differ by ${Math.round(parts.skewMs / 1_000)} s; synchronise them, or delays and retention are off by that.`,
    );
  }
  const policy = memory.get('maxmemory_policy');
  if (policy !== undefined && policy !== 'noeviction') {
    warnings.push(
      `Redis may throw events away when memory runs out (maxmemory-policy ${policy}); set it to noeviction.`,
    );
  }
  if (parts.replicas > 0) {
    const found = (await infoOf(connection, 'replication')).get('connected_slaves') ?? parts.replicas;
    if (Number(found) < parts.replicas) {
      warnings.push(
        `Publishes wait for ${parts.replicas} replicas of Redis, but ${found} replicas follow; until they do, publishes fail.`,
      );
    }
  }
  const channels = channelsOf(counts);
  return {
    version: server.get('redis_version') ?? null,
    durability: durabilityOf(appendfsync),
    survives: survives[appendfsync],
    connectedClients: parts.peers,
    storedBytes: numberOf(memory.get('used_memory')),
    events: channels.reduce((sum, { events }) => sum + events, 0),
    deadLetters: lettersOf(counts),
    channels,
    warnings,
    commandsPerSecond: parts.commandsPerSecond,
    polling: parts.polling,
  };
}

/** What `CONFIG GET` tells of the append-only file; `unknown` where it is hidden. */
async function syncOf(connection: Connection): Promise<keyof typeof survives> {
  try {
    const [appendonly, appendfsync] = await Promise.all([
      connection.call('config', 'get', 'appendonly'),
      connection.call('config', 'get', 'appendfsync'),
    ]);
    if (settingOf(appendonly) === 'no') return 'off';
    const sync = settingOf(appendfsync);
    return sync === 'always' || sync === 'everysec' || sync === 'no' ? sync : 'unknown';
  } catch {
    return 'unknown';
  }
}

/** Throws `invalid_configuration` when the server cannot keep what was asked of it. */
export async function assertSyncs(connection: Connection, durability: 'process' | 'fsync'): Promise<void> {
  if (durability !== 'fsync') return;
  const sync = await syncOf(connection);
  if (sync === 'always') return;
  const found = sync === 'unknown' ? 'does not tell how it syncs' : `has ${sync}`;
  throw new RaptorFlowError(
    'invalid_configuration',
    `The Redis engine was asked for durability "fsync", which needs appendonly yes and appendfsync always; this server ${found}. Change the server, or ask for durability "process".`,
    { details: { appendfsync: sync } },
  );
}

function durabilityOf(sync: keyof typeof survives): DurabilityReport {
  if (sync === 'always') return 'fsync';
  if (sync === 'off') return 'memory';
  return sync === 'unknown' ? 'unknown' : 'process';
}

function settingOf(answer: unknown): string | undefined {
  if (Array.isArray(answer)) return answer[1] === undefined ? undefined : String(answer[1]);
  if (answer instanceof Map) return [...(answer as Map<string, string>).values()][0];
  if (typeof answer === 'object' && answer !== null) return String(Object.values(answer)[0]);
  return undefined;
}

async function infoOf(connection: Connection, section: string): Promise<Map<string, string>> {
  try {
    const text = String(await connection.call('info', section));
    return new Map(
      text.split('\r\n').flatMap((line) => {
        const colon = line.indexOf(':');
        return colon < 0 ? [] : [[line.slice(0, colon), line.slice(colon + 1)] as const];
      }),
    );
  } catch {
    return new Map();
  }
}

function channelsOf(counts: readonly unknown[]): EngineReport['channels'] {
  const sums = new Map<string, { events: number; bytes: number; published: number }>();
  for (const answer of counts) {
    const [flat] = answer as [string[], unknown];
    for (let at = 0; at + 3 < flat.length; at += 4) {
      const name = flat[at] ?? '';
      const sum = sums.get(name) ?? { events: 0, bytes: 0, published: 0 };
      sums.set(name, sum);
      sum.published += Number(flat[at + 1]);
      sum.events += Number(flat[at + 2]);
      sum.bytes += Number(flat[at + 3]);
    }
  }
  return Array.from(sums, ([name, sum]) => ({ name, ...sum }));
}

function lettersOf(counts: readonly unknown[]): Record<DeadLetterReason, number> {
  const letters = Object.fromEntries(deadLetterReasons.map((reason) => [reason, 0])) as Record<
    DeadLetterReason,
    number
  >;
  for (const answer of counts) {
    const [, flat] = answer as [unknown, (string | number)[]];
    for (let at = 0; at + 1 < flat.length; at += 2) {
      letters[flat[at] as DeadLetterReason] += Number(flat[at + 1]);
    }
  }
  return letters;
}

function numberOf(text: string | undefined): number | null {
  const value = Number(text);
  return text === undefined || Number.isNaN(value) ? null : value;
}
