import { spawn, type ChildProcess } from 'node:child_process';
import { mkdtempSync, readFileSync, rmSync } from 'node:fs';
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
/** Requests of one measurement, and how many are under way at once. */
const [requests, inFlight] = [1_500, 8];
const quickRequests = 200;
/** Each is: on, off, off, on. */
const [pairs, quickPairs] = [15, 2];
/** Two-sided Student t at 95 % for 14 degrees of freedom; of fewer pairs the figure means little anyway. */
const t95 = 2.145;
/** A tick of /proc/PID/stat. */
const tickMs = 10;

/** What watching everything costs: processor time of a server for a request that reads the database, with monitoring and without. */
export async function overhead(settings: BenchSettings, findings: Findings): Promise<void> {
  const isQuick = settings.rounds === 1;
  const [count, rounds] = isQuick ? [quickRequests, quickPairs] : [requests, pairs];
  settings.print(`\nProcessor time per request, monitoring on and off (${rounds} times on, off, off, on)`);
  const on = await Server.start({ METRICS: 'true' });
  const off = await Server.start({ METRICS: 'false' });
  try {
    for (const server of [on, off]) await server.serve(count);
    const ratios: number[] = [];
    for (let pair = 0; pair < rounds; pair += 1) {
      const first = await on.serve(count);
      const second = await off.serve(count);
      const third = await off.serve(count);
      const fourth = await on.serve(count);
      ratios.push((first + fourth) / (second + third));
    }
    const percent = ratios.map((ratio) => (ratio - 1) * 100);
    const mean = percent.reduce((sum, value) => sum + value, 0) / percent.length;
    const variance =
      percent.reduce((sum, value) => sum + (value - mean) ** 2, 0) / Math.max(1, percent.length - 1);
    const upper = mean + (t95 * Math.sqrt(variance)) / Math.sqrt(percent.length);
    settings.print(
      `  mean ${mean.toFixed(2)} %, median ${median(percent).toFixed(2)} %, upper 95 % bound of the mean ${upper.toFixed(2)} %`,
    );
    findings.add(ours, { overhead_percent: Math.max(0, upper) });
  } finally {
    await Promise.all([on.stop(), off.stop()]);
  }
}

/** A server of the built program, in a directory of its own. */
class Server {
  readonly #child: ChildProcess;
  readonly #home: string;
  readonly #url: URL;
  readonly #token: string;
  #turns = 0;

  private constructor(child: ChildProcess, home: string, url: URL, token: string) {
    this.#child = child;
    this.#home = home;
    this.#url = url;
    this.#token = token;
  }

  static async start(environment: Readonly<Record<string, string>>): Promise<Server> {
    const home = mkdtempSync(join(tmpdir(), 'raptorflow-overhead-'));
    const env = { ...process.env, ...environment, RAPTORFLOW_HOME: home, PORT: '0', LOG_LEVEL: 'silent' };
    const child = spawn(process.execPath, ['--max-semi-space-size=4', program, 'up'], {
      env,
      cwd: home,
      stdio: ['ignore', 'ignore', 'inherit'],
    });
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

  /** Milliseconds of processor time that so many requests took, all threads together. */
  async serve(count: number): Promise<number> {
    const before = this.#cpuMs();
    // Each time from another address of this machine, because the server limits what one caller may ask in a minute.
    this.#turns += 1;
    const agent = new Agent({
      keepAlive: true,
      maxSockets: inFlight,
      localAddress: `127.0.1.${this.#turns}`,
    });
    let left = count;
    await Promise.all(
      Array.from({ length: inFlight }, async () => {
        while (left > 0) {
          left -= 1;
          await this.#get('/api/v1/agents?limit=20', agent);
        }
      }),
    );
    agent.destroy();
    return this.#cpuMs() - before;
  }

  async stop(): Promise<void> {
    const gone = new Promise((resolve) => this.#child.once('exit', resolve));
    this.#child.kill('SIGTERM');
    await gone;
    rmSync(this.#home, { recursive: true, force: true });
  }

  #get(path: string, agent: Agent): Promise<void> {
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

  #cpuMs(): number {
    const stat = readFileSync(`/proc/${this.#child.pid}/stat`, 'utf8');
    // The name in parentheses may hold spaces; user and system time are the 14th and 15th field.
    const fields = stat.slice(stat.lastIndexOf(')') + 2).split(' ');
    return (Number(fields[11]) + Number(fields[12])) * tickMs;
  }
}
