import { execFileSync } from 'node:child_process';
import { RaptorFlowError, systemClock } from 'raptorflow/kernel';
import { findFreePort } from './private-server.ts';
import { startRedis, type RedisServer } from './redis.ts';

/** A Redis cluster of the test's own. */
export interface RedisCluster {
  readonly urls: readonly string[];
  readonly nodes: readonly RedisServer[];
  /** Ends all nodes and removes their directories. */
  stop(): Promise<void>;
}

/** Slots of a cluster, a third for each master. */
const thirds = [
  ['0', '5460'],
  ['5461', '10922'],
  ['10923', '16383'],
] as const;
const joinMsMax = 30_000;
const lookEveryMs = 50;

/**
 * Starts a cluster of three masters, each with a third of the slots. Throws `missing_dependency` when Redis is not installed, and `unavailable`
 * when the nodes do not find each other.
 */
export async function startRedisCluster(): Promise<RedisCluster> {
  const busPorts = await Promise.all(thirds.map(() => findFreePort()));
  const nodes = await Promise.all(
    busPorts.map((port) =>
      startRedis({
        settings: { 'cluster-enabled': 'yes', 'cluster-port': String(port), 'cluster-node-timeout': '2000' },
      }),
    ),
  );
  const stop = async (): Promise<void> => {
    await Promise.all(nodes.map((node) => node.stop()));
  };
  try {
    await join(nodes, busPorts);
  } catch (error) {
    await stop();
    throw error;
  }
  return { urls: nodes.map(({ url }) => url), nodes, stop };
}

async function join(nodes: readonly RedisServer[], busPorts: readonly number[]): Promise<void> {
  const [first] = nodes;
  for (const [index, node] of nodes.entries()) {
    cluster(node, 'addslotsrange', ...(thirds[index] ?? []));
    if (node !== first) cluster(node, 'meet', '127.0.0.1', String(first?.port), String(busPorts[0]));
  }
  const giveUpAt = systemClock.monotonic() + joinMsMax;
  while (!nodes.every((node) => knowsAll(node, nodes.length))) {
    if (systemClock.monotonic() > giveUpAt) {
      throw new RaptorFlowError(
        'unavailable',
        `The nodes of the cluster did not find each other within ${joinMsMax} ms.`,
      );
    }
    await systemClock.sleep(lookEveryMs);
  }
}

function knowsAll(node: RedisServer, count: number): boolean {
  const info = cluster(node, 'info');
  return info.includes('cluster_state:ok') && info.includes(`cluster_size:${count}`);
}

function cluster({ port }: RedisServer, ...words: string[]): string {
  return execFileSync('redis-cli', ['-p', String(port), 'cluster', ...words], { encoding: 'utf8' });
}
