import type { Begun, Ended, Fault, Line } from './ledger.ts';

/** One run of a handler, as far as the ledger knows. */
export interface Run {
  readonly group: string;
  readonly id: string;
  readonly task: string;
  readonly attempt: number;
  readonly token: number;
  readonly who: string;
  readonly at: number;
  /** When it ended, by itself or with its process; infinite for one that nobody saw end. */
  readonly until: number;
  readonly outcome: 'done' | 'failed' | 'interrupted';
}

/** What makes a process lose its claims without being dead, and for how long around it. */
const silencing = new Set(['frozen', 'half_open', 'redis_killed']);
const slackMs = 6_000;

/** The faults of a run, and whom they concern. */
export class Faults {
  readonly all: readonly Fault[];
  readonly #deaths = new Map<string, number>();

  constructor(lines: readonly Line[]) {
    this.all = lines.filter((line) => line.kind === 'fault');
    for (const { fault, who, at } of this.all) if (fault === 'killed' && who) this.#deaths.set(who, at);
  }

  diedAt(who: string): number | undefined {
    return this.#deaths.get(who);
  }

  /** Whether a process was silent for a reason somewhere in a span, or died in it. */
  silenced(who: string, from: number, until: number): boolean {
    const death = this.diedAt(who);
    if (death !== undefined && death >= from && death <= until) return true;
    return this.all.some(
      (fault) =>
        silencing.has(fault.fault) &&
        (fault.who === null || fault.who === who || who.startsWith(`${fault.who}.`)) &&
        fault.at <= until &&
        fault.until + slackMs >= from,
    );
  }

  /** Kills of the server. */
  get serverKills(): readonly Fault[] {
    return this.all.filter(({ fault }) => fault === 'redis_killed');
  }
}

/** Runs by `group|id`, each list in the order of its tokens. */
export function runsOf(lines: readonly Line[], faults: Faults): Map<string, Run[]> {
  const ends = new Map<string, Ended>();
  const begins: Begun[] = [];
  for (const line of lines) {
    if (line.kind === 'ended') ends.set(`${line.group}|${line.id}|${line.token}|${line.who}`, line);
    else if (line.kind === 'begun') begins.push(line);
  }
  const runs = new Map<string, Run[]>();
  for (const { group, id, task, attempt, token, who, at } of begins) {
    const end = ends.get(`${group}|${id}|${token}|${who}`);
    const until = end?.at ?? faults.diedAt(who) ?? Number.POSITIVE_INFINITY;
    const outcome = end?.outcome ?? 'interrupted';
    const list = runs.get(`${group}|${id}`) ?? [];
    list.push({ group, id, task, attempt, token, who, at, until, outcome });
    runs.set(`${group}|${id}`, list);
  }
  for (const list of runs.values())
    list.sort((left, right) => left.token - right.token || left.at - right.at);
  return runs;
}
