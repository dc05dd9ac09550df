import { mkdtempSync, readFileSync, rmSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { setImmediate as turn } from 'node:timers/promises';
import { pino, type Logger } from 'pino';
import { createRaptorLog } from 'raptorflow/log';
import { assertCount, fault } from '../harness/fault.ts';
import { ours, type Findings } from '../harness/findings.ts';
import type { BenchSettings } from '../harness/question.ts';
import { runRace, type Leg } from '../harness/race.ts';

/** Lines of one pass, and passes of one measurement; the fastest counts, because others on the machine can only make a pass slower. */
const [linesOfPass, passes] = [10_000, 50];
/** Lines between two turns of the event loop, as many as a busy server writes for a handful of requests. */
const linesOfTurn = 500;
/** The same for all, without a secret, as nearly all lines are. */
const text = 'request answered in 12.3 ms for workspace ws_0197 with 200 and 1,234 bytes';

const followers = 10;
const linesPerSecond = 50_000;

/** Microseconds of a line, from the call to the file. */
async function microsecondsOfLine(log: (text: string) => void, flush: () => Promise<void>): Promise<number> {
  let best = Number.POSITIVE_INFINITY;
  // The first pass, in which code is compiled, does not count.
  for (let pass = 0; pass <= passes; pass += 1) {
    const begunAt = performance.now();
    for (let line = 0; line < linesOfPass; line += 1) {
      log(text);
      if (line % linesOfTurn === 0) await turn();
    }
    await flush();
    const taken = ((performance.now() - begunAt) * 1_000) / linesOfPass;
    if (pass > 0) best = Math.min(best, taken);
  }
  return best;
}

function countLines(file: string): number {
  const bytes = readFileSync(file);
  let lines = 0;
  for (let at = bytes.indexOf(10); at !== -1; at = bytes.indexOf(10, at + 1)) lines += 1;
  return lines;
}

async function inFolder<Result>(run: (file: string) => Promise<Result>): Promise<Result> {
  const folder = mkdtempSync(join(tmpdir(), 'raptorflow-bench-log-'));
  try {
    return await run(join(folder, 'bench.log'));
  } finally {
    rmSync(folder, { recursive: true });
  }
}

const total = linesOfPass * (passes + 1);

const ownLeg: Leg = {
  who: ours,
  run: () =>
    inFolder(async (file) => {
      const log = createRaptorLog({ file, maxSizeMb: 1_000 });
      await log.start();
      const time = await microsecondsOfLine(
        (message) => log.info(message),
        () => log.flush(),
      );
      await log.stop();
      assertCount('lines in our file', countLines(file), total);
      return { log_line_us: time };
    }),
};

/** With what it needs to say the same: time, level and message. */
function pinoLeg(who: string, destination: { readonly sync: boolean; readonly minLength?: number }): Leg {
  return {
    who,
    run: () =>
      inFolder(async (file) => {
        const stream = pino.destination({ dest: file, ...destination });
        const log: Logger = pino({ base: null }, stream);
        const flush = (): Promise<void> =>
          new Promise((resolve, reject) => {
            stream.flush((error) => (error ? reject(error) : resolve()));
          });
        const time = await microsecondsOfLine((message) => log.info(message), flush);
        await flush();
        stream.end();
        assertCount(`lines of ${who}`, countLines(file), total);
        return { log_line_us: time };
      }),
  };
}

/** The longest time between two turns of the event loop. */
interface Stall {
  /** On the clock: on a machine that is busy, this process may simply not have had its turn. */
  readonly wallMs: number;
  /** Of processor time of the thread: what the event loop itself was busy with. */
  readonly busyMs: number;
}

/** 50,000 lines a second with 10 followers. Fails when any of them misses a line. */
async function follow(lines: number): Promise<Stall> {
  return inFolder(async (file) => {
    const log = createRaptorLog({ file, maxSizeMb: 1_000 });
    await log.start();
    const readers = Array.from({ length: followers }, async () => {
      let read = 0;
      for await (const item of log.follow()) {
        if (item.kind === 'notice') throw fault(`a follower missed ${item.dropped} lines`);
        read += 1;
        if (read === lines) break;
      }
      return read;
    });
    const stall = await writeAtRate((line) => log.info(`${text} ${line}`), lines);
    for (const read of await Promise.all(readers)) assertCount('lines of a follower', read, lines);
    await log.stop();
    assertCount('lines in the file', countLines(file), lines);
    return stall;
  });
}

async function writeAtRate(write: (line: number) => void, lines: number): Promise<Stall> {
  const begunAt = performance.now();
  let [turnAt, busyAt, wallMs, busyMs] = [begunAt, busyNow(), 0, 0];
  for (let written = 0; written < lines;) {
    const [now, busy] = [performance.now(), busyNow()];
    // While code is compiled nothing counts yet.
    if (written > lines / 4) {
      wallMs = Math.max(wallMs, now - turnAt);
      busyMs = Math.max(busyMs, busy - busyAt);
    }
    [turnAt, busyAt] = [now, busy];
    // Where the machine gave this process no time, it does not make up for it at once.
    const due = Math.min(lines, written + linesOfTurn, ((now - begunAt) / 1_000) * linesPerSecond);
    for (; written < due; written += 1) write(written);
    await turn();
  }
  return { wallMs, busyMs };
}

function busyNow(): number {
  const { user, system } = process.threadCpuUsage();
  return (user + system) / 1_000;
}

/** What a line of the log costs, and how long the event loop stands still while ten people follow it. */
export async function logging(settings: BenchSettings, findings: Findings): Promise<void> {
  const wanted = (key: string): boolean => settings.only === null || settings.only.has(key);
  if (wanted('log_line_us')) {
    await runRace(
      {
        title: 'A line of the log, from the call to the file',
        legs: [
          ownLeg,
          pinoLeg('pino', { sync: true }),
          pinoLeg('pino_buffered', { sync: false, minLength: 4_096 }),
        ],
        rounds: settings.rounds,
      },
      findings,
      settings.print,
    );
  }
  if (wanted('follow_stall_ms')) {
    settings.print(`\n${linesPerSecond.toLocaleString('en')} lines a second with ${followers} followers`);
    const lines = Math.round((settings.legMs / 500) * linesPerSecond);
    for (let round = 0; round < settings.rounds; round += 1) {
      const stall = await follow(lines);
      // The same without a log: how long this machine lets a process wait.
      const idle = await writeAtRate(() => undefined, lines);
      findings.add(ours, { follow_stall_ms: stall.busyMs });
      findings.add('wall', { follow_stall_ms: stall.wallMs });
      findings.add('wall_without_log', { follow_stall_ms: idle.wallMs });
      settings.print(`  round ${round + 1} of ${settings.rounds}`);
    }
  }
}
