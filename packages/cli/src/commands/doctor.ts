import { accessSync, constants, existsSync, statfsSync } from 'node:fs';
import { createServer } from 'node:net';
import { dirname, join } from 'node:path';
import { DatabaseSync } from 'node:sqlite';
import { examineRedis, readConfig, type Config } from '@raptorflow/platform';
import { maskSecretsIn, RaptorFlowError, systemClock } from 'raptorflow/kernel';
import type { Command } from '../command.ts';
import { answers, readServerFile } from '../connection.ts';
import { formatBytes } from '../figures.ts';

interface Finding {
  readonly check: string;
  readonly verdict: 'ok' | 'warning' | 'broken';
  readonly found: string;
  /** What to do; absent when all is well. */
  readonly remedy?: string;
}

const nodeMajorMin = 24;
const diskFreeBytesMin = 500_000_000;

/** `raptorflow doctor`: looks at everything the program needs and says how to mend what is wrong. */
export const doctor: Command = {
  name: 'doctor',
  summary:
    'Check Node, configuration, port, data directory, databases, Redis, disk, clock and model keys, and say how to fix each.',
  async run({ output }) {
    const looked: Finding[] = [checkNode()];
    let config: Config | undefined;
    try {
      config = readConfig();
      looked.push({
        check: 'configuration',
        verdict: 'ok',
        found: `${config.environment}, data in ${config.home}`,
      });
    } catch (error) {
      looked.push({
        check: 'configuration',
        verdict: 'broken',
        found: messageOf(error),
        remedy: 'Correct these variables, or the lines of .env.',
      });
    }
    if (config) looked.push(...(await checkInstallation(config)));
    looked.push(checkClock());
    // Addresses may hold passwords, and errors quote addresses.
    const findings = maskSecretsIn(looked) as Finding[];
    for (const { check, verdict, found, remedy } of findings) {
      const mark =
        verdict === 'ok'
          ? output.tone('good', '✓')
          : output.tone(verdict === 'warning' ? 'warning' : 'bad', verdict === 'warning' ? '!' : '✗');
      output.line(`${mark} ${check}: ${found}`);
      if (remedy !== undefined) output.line(`    ${remedy}`);
    }
    const broken = findings.filter((finding) => finding.verdict === 'broken');
    if (broken.length === 0) output.result({ healthy: true, findings });
    else {
      throw new RaptorFlowError(
        'unavailable',
        `${broken.length} of ${findings.length} checks failed: ${broken.map((finding) => finding.check).join(', ')}.`,
        { details: { healthy: false, findings } },
      );
    }
  },
};

async function checkInstallation(config: Config): Promise<Finding[]> {
  const file = readServerFile(config.home);
  const running = file !== undefined && (await answers(file).catch(() => false));
  return [
    checkDirectory(config),
    checkDisk(config),
    running ? { check: 'server', verdict: 'ok', found: `running at ${file.url}` } : await checkPort(config),
    ...storesOf(config).map((name) => checkDatabase(join(config.home, name), running)),
    ...(config.redis ? await examineRedis(config.redis) : []),
    checkModels(config),
  ];
}

/** Files that these settings work on. */
function storesOf({ redis, databaseUrl }: Config): string[] {
  return [
    ...(databaseUrl === undefined ? ['raptorflow.db'] : []),
    ...(redis === undefined ? ['bus.db'] : []),
  ];
}

function checkNode(): Finding {
  const found = `Node ${process.versions.node}`;
  return Number(process.versions.node.split('.')[0]) >= nodeMajorMin
    ? { check: 'node', verdict: 'ok', found }
    : {
        check: 'node',
        verdict: 'broken',
        found,
        remedy: `Node ${nodeMajorMin} or newer is needed; npm scripts of this repository bring their own: use npm start.`,
      };
}

function checkDirectory(config: Config): Finding {
  const place = existsSync(config.home) ? config.home : dirname(config.home);
  try {
    accessSync(place, constants.R_OK | constants.W_OK);
    return {
      check: 'data directory',
      verdict: 'ok',
      found: existsSync(config.home) ? config.home : `${config.home} (will be made)`,
    };
  } catch {
    return {
      check: 'data directory',
      verdict: 'broken',
      found: `${place} cannot be written`,
      remedy: 'Give this user the right to write there, or set RAPTORFLOW_HOME.',
    };
  }
}

function checkDisk(config: Config): Finding {
  const place = existsSync(config.home) ? config.home : dirname(config.home);
  const { bavail, bsize } = statfsSync(place);
  const free = bavail * bsize;
  const found = `${formatBytes(free)} free`;
  return free >= diskFreeBytesMin
    ? { check: 'disk', verdict: 'ok', found }
    : {
        check: 'disk',
        verdict: 'warning',
        found,
        remedy: `Free some space: below ${formatBytes(diskFreeBytesMin)} the stores may soon refuse writes.`,
      };
}

async function checkPort(config: Config): Promise<Finding> {
  const check = `port ${config.port}`;
  const probe = createServer();
  const outcome = Promise.withResolvers<Finding>();
  probe.once('error', (error) =>
    outcome.resolve({
      check,
      verdict: 'broken',
      found: error.message,
      remedy: 'Another program uses it: stop that, or set PORT.',
    }),
  );
  probe.listen(config.port, config.host, () => outcome.resolve({ check, verdict: 'ok', found: 'free' }));
  const finding = await outcome.promise;
  probe.close();
  return finding;
}

function checkDatabase(path: string, running: boolean): Finding {
  const check = `store ${path}`;
  if (!existsSync(path)) return { check, verdict: 'ok', found: 'not made yet' };
  if (running) return { check, verdict: 'ok', found: 'in use by the running server, which checks it itself' };
  try {
    const database = new DatabaseSync(path, { readOnly: true });
    try {
      const [row] = database.prepare('PRAGMA integrity_check(1)').all();
      const result = String(Object.values(row ?? {})[0]);
      if (result === 'ok') return { check, verdict: 'ok', found: 'intact' };
      return { check, verdict: 'broken', found: result, remedy: 'Restore a backup of the data directory.' };
    } finally {
      database.close();
    }
  } catch (error) {
    return {
      check,
      verdict: 'broken',
      found: messageOf(error),
      remedy: 'If no server is running, restore a backup of the data directory.',
    };
  }
}

function checkModels(config: Config): Finding {
  const { googleCloudProject, anthropicApiKey, openaiBaseUrl } = config.models;
  const configured = [
    googleCloudProject === undefined ? undefined : 'Vertex AI',
    anthropicApiKey === undefined ? undefined : 'Anthropic',
    openaiBaseUrl === undefined ? undefined : `OpenAI-compatible at ${openaiBaseUrl}`,
  ].filter((name) => name !== undefined);
  return configured.length > 0
    ? { check: 'models', verdict: 'ok', found: configured.join(', ') }
    : {
        check: 'models',
        verdict: 'ok',
        found:
          'the offline model only (set GOOGLE_CLOUD_PROJECT, ANTHROPIC_API_KEY or OPENAI_BASE_URL for others)',
      };
}

function checkClock(): Finding {
  const found = new Date(systemClock.now()).toISOString();
  return found >= '2026' && found < '2100'
    ? { check: 'clock', verdict: 'ok', found }
    : {
        check: 'clock',
        verdict: 'broken',
        found,
        remedy: "Set the machine's clock: tokens and retention depend on it.",
      };
}

function messageOf(error: unknown): string {
  return error instanceof Error ? error.message : String(error);
}
