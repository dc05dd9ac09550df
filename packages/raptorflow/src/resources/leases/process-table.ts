import { execFile } from 'node:child_process';
import { readdirSync, readFileSync } from 'node:fs';

/** A process of this machine. */
export interface ProcessEntry {
  readonly pid: number;
  readonly parent: number;
  readonly group: number;
  /** 0 where the platform does not tell. */
  readonly session: number;
  /** When it started, in the form of the platform: a number that is used again has another. */
  readonly startedAt: string;
}

/** All processes by number. */
export type ProcessTable = ReadonlyMap<number, ProcessEntry>;

/** Processes that are looked at before the event loop gets its turn. */
const turnMax = 200;
/** Field 22 of `/proc/<pid>/stat`, counted behind the name. */
const startField = 19;
/** Fields 14 and 15: time in the program and in the kernel. */
const userTicksField = 11;

/** All processes that run now: on Linux from `/proc`, elsewhere from `ps`. Empty where neither tells. */
export function readProcesses(platform: NodeJS.Platform = process.platform): Promise<ProcessTable> {
  return platform === 'linux' ? fromProc() : fromPs();
}

/** When a process started; undefined when there is none, or where only `ps` tells. */
export function startOf(pid: number): string | undefined {
  return process.platform === 'linux' ? entryOf(pid)?.startedAt : undefined;
}

/** Whether the environment that a process was started with has this text. Only Linux tells, and only about processes of the same user. */
export function hasInEnvironment(pid: number, text: string): boolean {
  try {
    return readFileSync(`/proc/${pid}/environ`).includes(text);
  } catch {
    return false;
  }
}

/** Processor time of a process so far, in ticks of the kernel; not a number where nobody tells. */
export function cpuTicksOf(pid: number): number {
  try {
    const text = readFileSync(`/proc/${pid}/stat`, 'latin1');
    const fields = text.slice(text.lastIndexOf(')') + 2).split(' ');
    return Number(fields[userTicksField]) + Number(fields[userTicksField + 1]);
  } catch {
    return Number.NaN;
  }
}

async function fromProc(): Promise<ProcessTable> {
  const found = new Map<number, ProcessEntry>();
  let looked = 0;
  for (const name of readdirSync('/proc')) {
    const pid = Number(name);
    if (!Number.isInteger(pid)) continue;
    const entry = entryOf(pid);
    if (entry) found.set(pid, entry);
    looked += 1;
    if (looked % turnMax === 0) await nextTurn();
  }
  return found;
}

function entryOf(pid: number): ProcessEntry | undefined {
  let text: string;
  try {
    text = readFileSync(`/proc/${pid}/stat`, 'latin1');
  } catch {
    return undefined;
  }
  // The name may hold anything, brackets too.
  const fields = text.slice(text.lastIndexOf(')') + 2).split(' ');
  const [state, parent, group, session] = fields;
  // What is dead and only waits to be asked for its exit code holds nothing any more.
  if (state === 'Z' || state === 'X') return undefined;
  const startedAt = fields[startField] ?? '';
  return { pid, parent: Number(parent), group: Number(group), session: Number(session), startedAt };
}

function fromPs(): Promise<ProcessTable> {
  return new Promise((resolve) => {
    const limits = { maxBuffer: 64 * 2 ** 20, timeout: 5_000 };
    execFile('ps', ['-A', '-o', 'pid=,ppid=,pgid=,stat=,lstart='], limits, (_error, text) => {
      resolve(parsePs(text));
    });
  });
}

function parsePs(text: string): ProcessTable {
  const found = new Map<number, ProcessEntry>();
  for (const line of text.split('\n')) {
    const match = /^\s*(\d+)\s+(\d+)\s+(\d+)\s+(\S+)\s+(.+?)\s*$/.exec(line);
    if (match === null || match[4]?.startsWith('Z') === true) continue;
    const [pid, parent, group] = [Number(match[1]), Number(match[2]), Number(match[3])];
    found.set(pid, { pid, parent, group, session: 0, startedAt: match[5] ?? '' });
  }
  return found;
}

function nextTurn(): Promise<void> {
  return new Promise((resolve) => {
    setImmediate(resolve);
  });
}
