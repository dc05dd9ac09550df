/** Where Redis is, from what the environment says: one server, a master that sentinels know, or a cluster. */
import { isIP } from 'node:net';

/** How Redis is reached; what `redisEngine` and our own connections are given. */
export interface RedisConfig {
  readonly url?: string;
  readonly sentinels?: { readonly master: string; readonly nodes: readonly string[] };
  readonly cluster?: readonly string[];
  /** Present when a cluster is reached by TLS; the URL says so elsewhere. */
  readonly tls?: Readonly<Record<string, never>>;
  /** What all keys begin with. */
  readonly prefix: string;
  /** For servers that count commands or forbid subscriptions. */
  readonly idle?: 'polling';
  readonly polling?: { readonly pauseMsMax: number };
  /** Replicas that publishes wait for. */
  readonly replicas?: number;
}

/** The variables that it is read from. */
export interface RedisVariables {
  readonly REDIS_URL?: string | undefined;
  readonly REDIS_SENTINELS?: string | undefined;
  readonly REDIS_CLUSTER?: string | undefined;
  readonly REDIS_PREFIX: string;
  readonly REDIS_IDLE: 'subscribing' | 'polling';
  readonly REDIS_POLL_MS_MAX?: number | undefined;
  readonly REDIS_REPLICAS: number;
}

const sentinelPort = 26_379;

/** The configuration, or what is wrong with it; undefined when none of the variables is set. Problems never show a value. */
export function readRedisConfig(
  variables: RedisVariables,
): { readonly config: RedisConfig | undefined } | { readonly problem: string } {
  const { REDIS_IDLE: idle, REDIS_POLL_MS_MAX: pauseMsMax, REDIS_REPLICAS: replicas } = variables;
  if (pauseMsMax !== undefined && idle !== 'polling') {
    return { problem: 'REDIS_POLL_MS_MAX: set it together with REDIS_IDLE=polling' };
  }
  const found = readPlace(variables);
  if ('problem' in found || !found.config) return found;
  if (found.config.cluster && idle === 'polling') {
    return { problem: 'REDIS_IDLE: polling does not work with REDIS_CLUSTER' };
  }
  if (found.config.cluster && replicas > 0) {
    return { problem: 'REDIS_REPLICAS: publishes cannot wait for replicas of REDIS_CLUSTER' };
  }
  return {
    config: {
      ...found.config,
      ...(idle === 'polling' ? { idle } : {}),
      ...(pauseMsMax === undefined ? {} : { polling: { pauseMsMax } }),
      ...(replicas === 0 ? {} : { replicas }),
    },
  };
}

function readPlace(
  variables: RedisVariables,
): { readonly config: RedisConfig | undefined } | { readonly problem: string } {
  const { REDIS_URL: url, REDIS_SENTINELS: sentinelText, REDIS_CLUSTER: clusterText } = variables;
  const prefix = variables.REDIS_PREFIX;
  if (clusterText !== undefined) {
    if (url !== undefined || sentinelText !== undefined) {
      return { problem: 'REDIS_CLUSTER: set it alone, without REDIS_URL and REDIS_SENTINELS' };
    }
    const cluster = nodesOf(clusterText);
    if (!cluster) {
      return {
        problem:
          'REDIS_CLUSTER: must list nodes as host:port or redis:// URLs, separated by commas, such as "10.0.0.1:6379,10.0.0.2:6379"',
      };
    }
    const secure = cluster.filter((node) => node.startsWith('rediss:'));
    if (secure.length > 0 && secure.length < cluster.length) {
      return { problem: 'REDIS_CLUSTER: reach all nodes by TLS (rediss://) or none' };
    }
    return { config: { cluster, prefix, ...(secure.length > 0 ? { tls: {} } : {}) } };
  }
  if (sentinelText !== undefined) {
    const sentinels = sentinelsOf(sentinelText);
    if (!sentinels) {
      return {
        problem:
          'REDIS_SENTINELS: must be the name of the master, @, and sentinels separated by commas, such as "mymaster@10.0.0.1:26379,10.0.0.2:26379"',
      };
    }
    return { config: { sentinels, prefix, ...(url === undefined ? {} : { url }) } };
  }
  return { config: url === undefined ? undefined : { url, prefix } };
}

/** The variable that says where Redis is, for messages. */
export function redisVariable(config: RedisConfig): 'REDIS_URL' | 'REDIS_SENTINELS' | 'REDIS_CLUSTER' {
  if (config.cluster) return 'REDIS_CLUSTER';
  return config.sentinels ? 'REDIS_SENTINELS' : 'REDIS_URL';
}

/** The addresses as `host:port`, without user and password. */
export function redisPlaces(config: RedisConfig): string[] {
  return addressesOf(config).map((address) => {
    const { hostname, port } = new URL(address);
    return `${hostname}:${port === '' ? 6379 : port}`;
  });
}

/** Hosts on other machines that are reached in plain text. */
export function plaintextRedisHosts(config: RedisConfig): string[] {
  const secure = config.tls !== undefined || config.url?.startsWith('rediss:') === true;
  if (secure) return [];
  return addressesOf(config)
    .map((address) => new URL(address).hostname)
    .filter((host) => !['', 'localhost', '127.0.0.1', '[::1]'].includes(host));
}

// Beside sentinels the URL only carries user, password and TLS: they know where the master is.
function addressesOf({ url, sentinels, cluster }: RedisConfig): readonly string[] {
  return cluster ?? sentinels?.nodes ?? (url === undefined ? [] : [url]);
}

function sentinelsOf(text: string): RedisConfig['sentinels'] {
  const [master = '', nodes, ...rest] = text.split('@');
  if (!/^[\w.-]+$/u.test(master) || nodes === undefined || rest.length > 0) return undefined;
  const read = nodesOf(nodes);
  return read && { master, nodes: read.map((node) => withPort(node, sentinelPort)) };
}

function nodesOf(text: string): string[] | undefined {
  const nodes = text
    .split(',')
    .map((part) => part.trim())
    .filter((part) => part !== '')
    .map((part) => (part.includes('://') ? part : `redis://${part}`));
  return nodes.length > 0 && nodes.every(isAddress) ? nodes : undefined;
}

/** Whether a text is the address of a Redis server. */
function isAddress(text: string): boolean {
  if (!/^rediss?:\/\//u.test(text) || !URL.canParse(text)) return false;
  const { hostname } = new URL(text);
  return isIP(hostname.replaceAll(/[[\]]/gu, '')) > 0 || /^[a-z\d]([a-z\d.-]*[a-z\d])?$/iu.test(hostname);
}

function withPort(address: string, port: number): string {
  const url = new URL(address);
  if (url.port === '') url.port = String(port);
  return url.href;
}
