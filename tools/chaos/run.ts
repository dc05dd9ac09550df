import { mkdtempSync, rmSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { setTimeout as sleep } from 'node:timers/promises';
import { Chance } from './chance.ts';
import { findDifferences, type Findings } from './invariant.ts';
import { machineMs, openLedger, readLedger, type Fault, type Line } from './ledger.ts';
import type { Report } from './party.ts';
import { planFaults, type EngineName } from './plan.ts';
import { redisStage, sqliteStage, type Stage } from './stage.ts';

/** How a run is made. */
export interface ChaosSettings {
  readonly engine: EngineName;
  readonly seconds: number;
  readonly seed: number;
  readonly appendfsync: 'always' | 'everysec';
  /** Keeps the ledger's folder. */
  readonly keep: boolean;
}

/** What came of it. */
export interface Verdict {
  readonly settings: ChaosSettings;
  readonly findings: Findings;
  readonly faults: readonly Fault[];
  /** Processes that ended for no reason we gave them, and a drain that did not end. */
  readonly failures: readonly string[];
  readonly drainMs: number;
  readonly folder: string;
}

/** Publishers wait while more than this is open: a slow machine must not end with a backlog that nobody can judge … */
const openMax = 3_000;
/** … until less than this is. */
const openEnough = 1_000;
const paceEveryMs = 1_000;
/** With everything whole again, what is left has to be handled within this time. */
const drainMsMax = 120_000;
/** A process that does not answer within this is asked again … */
const patienceMs = 5_000;
/** … unless it has to read dead letters, of which an hour leaves a hundred thousand. */
const lettersPatienceMs = 180_000;

/** Runs the workload under the faults of a seed, drains it, and compares the ledger with the bus. */
export async function runChaos(settings: ChaosSettings): Promise<Verdict> {
  const folder = mkdtempSync(join(tmpdir(), 'raptorflow-chaos-'));
  const chance = new Chance(settings.seed);
  const plan = planFaults(settings.engine, settings.seconds, new Chance(chance.seed()));
  const note = openLedger(folder, 'faults');
  const makeStage = settings.engine === 'sqlite' ? sqliteStage : redisStage;
  const stage = await makeStage({ folder, chance, note, appendfsync: settings.appendfsync });
  try {
    const begunAt = machineMs();
    const pacing = pace(stage);
    for (const [index, fault] of plan.entries()) {
      await sleep(Math.max(0, begunAt + fault.atMs - machineMs()));
      void stage.apply(fault);
      if (index % 4 === 3) stage.desk()?.discard(2);
    }
    await sleep(Math.max(0, begunAt + settings.seconds * 1_000 - machineMs()));
    await pacing.stop();
    await stage.heal();
    const healedAt = machineMs();
    const { findings, lines, failure } = await drain(stage, folder);
    const failures = stage.slots.flatMap((slot) => slot.failures);
    if (failure !== null) failures.push(failure);
    const faults = lines.filter((line) => line.kind === 'fault');
    return { settings, findings, faults, failures, drainMs: machineMs() - healedAt, folder };
  } finally {
    await stage.close();
    if (!settings.keep) rmSync(folder, { recursive: true, force: true });
  }
}

// Holds publishers while handlers are behind.
function pace(stage: Stage): { stop(): Promise<void> } {
  const end = new AbortController();
  let isHeld = false;
  const done = (async () => {
    while (!end.signal.aborted) {
      await sleep(paceEveryMs);
      const lag = (await look(stage, false))?.lag;
      if (lag === undefined || end.signal.aborted) continue;
      const next: boolean = isHeld ? lag > openEnough : lag > openMax;
      if (next === isHeld) continue;
      isHeld = next;
      for (const slot of stage.slots) slot.pace(isHeld);
    }
  })();
  return {
    stop: async () => {
      end.abort();
      await done;
    },
  };
}

interface Drained {
  readonly findings: Findings;
  readonly lines: readonly Line[];
  readonly failure: string | null;
}

// Until nothing is open, or no more time is left: what is missing then is missing.
async function drain(stage: Stage, folder: string): Promise<Drained> {
  const endsAt = machineMs() + drainMsMax;
  for (;;) {
    await sleep(300);
    const isLate = machineMs() > endsAt;
    const report = await look(stage, false);
    if (report?.lag !== 0 && !isLate) continue;
    const whole = await look(stage, true);
    const lines = readLedger(folder);
    const findings = findDifferences(lines, whole?.letters ?? []);
    const isWhole = whole?.lag === 0 && !findings.differences.some(({ rule }) => rule === 'missing');
    if (isWhole || isLate) return { findings, lines, failure: isWhole ? null : tellLag(whole) };
  }
}

async function look(stage: Stage, withLetters: boolean): Promise<Report | null> {
  const early = new AbortController();
  const patience = sleep(withLetters ? lettersPatienceMs : patienceMs, null, { signal: early.signal }).catch(
    () => null,
  );
  const report = await Promise.race([stage.desk()?.look(withLetters) ?? null, patience]);
  early.abort();
  return report;
}

function tellLag(report: Report | null): string {
  const groups = report?.groups.map(
    ({ name, lag, inFlight, waitingForRetry, members }) =>
      `${name}: ${lag} open, ${inFlight} in hand, ${waitingForRetry} waiting for a retry, ${members} members`,
  );
  return `It was not drained after ${drainMsMax / 1_000} s: ${groups?.join('; ') ?? 'nobody answered'}.`;
}
