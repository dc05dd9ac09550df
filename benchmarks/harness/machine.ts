import { readFileSync } from 'node:fs';
import { createRequire } from 'node:module';
import { availableParallelism, cpus, loadavg, totalmem } from 'node:os';

const require = createRequire(import.meta.url);

/** The version of an installed package. */
function versionOf(name: string): string {
  for (const folder of require.resolve.paths(name) ?? []) {
    try {
      const manifest = readFileSync(`${folder}/${name}/package.json`, 'utf8');
      return (JSON.parse(manifest) as { version: string }).version;
    } catch {
      // It may lie in a folder further up.
    }
  }
  return 'unknown';
}

/** What the figures depend on: the machine, how busy it is, and the versions of everybody in the race. */
export async function machineLines(): Promise<string[]> {
  const gibibytes = Math.round(totalmem() / 2 ** 30);
  const [load = 0] = loadavg();
  const code = import.meta.resolve('raptorflow/bus').endsWith('.ts') ? 'its sources' : 'its build';
  const packages = [
    'bullmq',
    '@nats-io/jetstream',
    '@nats-io/transport-node',
    'ioredis',
    'zod',
    'prom-client',
    '@opentelemetry/sdk-metrics',
    'pino',
    '@portkey-ai/gateway',
    'cockatiel',
    'opossum',
    'rate-limiter-flexible',
    '@bsull/augurs',
  ];
  return [
    `${cpus()[0]?.model ?? 'unknown processor'}, ${availableParallelism()} cores, ${gibibytes} GiB, load ${load.toFixed(1)}`,
    `Node ${process.version}, SQLite ${process.versions['sqlite'] ?? 'unknown'}, raptorflow ${versionOf('raptorflow')} (${code})`,
    packages.map((name) => `${name} ${versionOf(name)}`).join(', '),
  ];
}
