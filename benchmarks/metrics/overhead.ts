import { spawn, type ChildProcess } from 'node:child_process';
import { mkdtempSync, readdirSync, readFileSync, rmSync } from 'node:fs';
import { Agent, request } from 'node:http';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { setTimeout as sleep } from 'node:timers/promises';
import { fileURLToPath } from 'node:url';
import { fault } from '../harness/fault.ts';
import { ours, type Findings } from '../harness/findings.ts';
import type { BenchSettings } from '../harness/question.ts';
import { median } from '../harness/statistics.ts';

/** The command as npm has linked it. */
const program = fileURLToPath(new URL('../../node_modules/.bin/raptorflow', import.meta.url));
/** Servers are started anew so many times, because two of the same kind differ, each time otherwise. */
const [starts, quickStarts] = [12, 2];
/** Requests to each server before anything is counted, and counted ones; how many callers there are. */
const [warmUp, counted, callers] = [1_500, 2_000, 4];
const [quickWarmUp, quickCounted] = [100, 200];
/** Two-sided Student t at 95 % for 11 degrees of freedom; of fewer starts the bound means little anyway. */
const t95 = 2.201;

/** All orders of three. */
const orders = [
  [0, 1, 2],
  [1, 0, 2],
  [2, 0, 1],
  [0, 2, 1],
  [1, 2, 0],
  [2, 1, 0],
] as const;

/** How many percent more one kind of server needs than another, over all starts. */
interface Difference {
  readonly mean: number;
  /** Half of the 95 % interval of the mean. */
  readonly half: number;
  readonly median: number;
}

/**
 * What watching everything costs: processor time of a server for a request that reads the database, with monitoring against two without. The two
 * without against each other tell how far the figure can be believed.
 */
export async function overhead(settings: BenchSettings, findings: Findings): Promise<void> {
  const isQuick = settings.rounds === 1;
  const count = isQuick ? quickStarts : starts;
  settings.print(`\nProcessor time per request, monitoring on and off (${count} starts of three servers)`);
  const watched: number[] = [];
  const same: number[] = [];
  for (let round = 0; round < count; round += 1) {
    const [on = 0, off = 0, twin = 0] = await costs(round, isQuick);
    watched.push(Math.log((2 * on) / (off + twin)));
    same.push(Math.log(twin / off));
  }
  const [cost, noise] = [differenceOf(watched), differenceOf(same)];
  settings.print(`  on against off: ${inWords(cost)}`);
  settings.print(`  off against off: ${inWords(noise)}`);
  findings.add(ours, { overhead_percent: Math.max(0, cost.mean + cost.half) });
}

/** Milliseconds of processor time of one server with monitoring and of two without, for the same requests. */
async function costs(round: number, isQuick: boolean): Promise<readonly number[]> {
  const kinds = ['true', 'false', 'false'] as const;
  const servers: Server[] = [];
  try {
    // Who starts first changes, so that none has always the younger machine.
    const order = kinds.map((_, place) => (place + round) % kinds.length);
    for (const at of order) servers[at] = await Server.start({ METRICS: kinds[at] ?? 'false' });
    await askAll(servers, isQuick ? quickWarmUp : warmUp, 1);
    const before = servers.map((server) => server.cpuMs());
    await askAll(servers, isQuick ? quickCounted : counted, 2);
    return servers.map((server, at) => server.cpuMs() - (before[at] ?? 0));
  } finally {
    await Promise.all(servers.map((server) => server.stop()));
  }
}

/** Every caller goes from server to server with each request, so that what else the machine does falls on all of them alike. */
async function askAll(servers: readonly Server[], count: number, turn: number): Promise<void> {
  // Each time from another address of this machine, because a server limits what one caller may ask in a minute.
  const agent = new Agent({ keepAlive: true, maxSockets: callers, localAddress: `127.0.1.${turn}` });
  let left = count;
  await Promise.all(
    Array.from({ length: callers }, async (_, caller) => {
      while (left > 0) {
        left -= 1;
        // In every order in turn: who comes after whom makes a difference of several percent.
        for (const at of orders[(caller + left) % orders.length] ?? []) {
          await servers[at]?.get('/api/v1/agents?limit=20', agent);
        }
      }
    }),
  );
  agent.destroy();
}

function differenceOf(logs: readonly number[]): Difference {
  const mean = logs.reduce((sum, value) => sum + value, 0) / logs.length;
  const variance = logs.reduce((sum, value) => sum + (value - mean) ** 2, 0) / Math.max(1, logs.length - 1);
  const percent = (log: number): number => (Math.exp(log) - 1) * 100;
  const half = t95 * Math.sqrt(variance / logs.length);
  return { mean: percent(mean), half: percent(mean + half) - percent(mean), median: percent(median(logs)) };
}

function inWords({ mean, half, median: middle }: Difference): string {
  return `${mean.toFixed(2)} % ± ${half.toFixed(2)} (95 %), median ${middle.toFixed(2)} %`;
}

/** A server of the built program, in a directory of its own. */
class Server {
  readonly #child: ChildProcess;
  readonly #home: string;
  readonly #url: URL;
  readonly #token: string;

  private constructor(child: ChildProcess, home: string, url: URL, token: string) {
    this.#child = child;
    this.#home = home;
    this.#url = url;
    this.#token = token;
  }

  static async start(environment: Readonly<Record<string, string>>): Promise<Server> {
    const home = mkdtempSync(join(tmpdir(), 'raptorflow-overhead-'));
    const env = { ...process.env, ...environment, RAPTORFLOW_HOME: home, PORT: '0', LOG_LEVEL: 'silent' };
    const child = spawn(
      process.execPath,
      ['--max-semi-space-size=2', '--heap-growing-percent=30', program, 'up'],
      {
        env,
        cwd: home,
        stdio: ['ignore', 'ignore', 'inherit'],
      },
    );
    for (let tries = 0; tries < 300; tries += 1) {
      await sleep(100);
      try {
        const found = JSON.parse(readFileSync(join(home, 'server.json'), 'utf8')) as {
          url: string;
          token: string;
        };
        return new Server(child, home, new URL(found.url), found.token);
      } catch {
        // It has not started yet.
      }
    }
    child.kill('SIGKILL');
    throw fault('The server did not start within 30 s; build it with npm run build.');
  }

  async stop(): Promise<void> {
    const gone = new Promise((resolve) => this.#child.once('exit', resolve));
    this.#child.kill('SIGTERM');
    await gone;
    rmSync(this.#home, { recursive: true, force: true });
  }

  get(path: string, agent: Agent): Promise<void> {
    return new Promise((resolve, reject) => {
      const sent = request(
        new URL(path, this.#url),
        { agent, headers: { authorization: `Bearer ${this.#token}` } },
        (answer) => {
          answer.resume();
          answer.once('end', () =>
            answer.statusCode === 200
              ? resolve()
              : reject(fault(`The server answered ${answer.statusCode} to ${path}.`)),
          );
        },
      );
      sent.once('error', reject);
      sent.end();
    });
  }

  /** Milliseconds of processor time so far, all threads together; the kernel keeps it more exactly for threads than for the process. */
  cpuMs(): number {
    const tasks = `/proc/${this.#child.pid}/task`;
    let sum = 0;
    for (const task of readdirSync(tasks)) {
      sum += Number(readFileSync(join(tasks, task, 'schedstat'), 'utf8').split(' ')[0]) / 1e6;
    }
    return sum;
  }
}
