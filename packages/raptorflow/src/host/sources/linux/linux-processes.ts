import { readdir } from 'node:fs/promises';
import type { Clock } from '../../../kernel/index.ts';
import type { HostProcess } from '../../sample.ts';
import { HeldFile } from './held-file.ts';

/** Between the two looks at every process that its share of the processors is taken from. */
const lookMs = 200;
/** After so many the event loop gets its turn: each takes some 20 µs. */
const sliceProcesses = 50;
/** More processes than this are not looked at. */
const processesMax = 20_000;
const statBytesMax = 4_096;
/** Units in which the kernel writes times and memory for people: fixed for all machines that Node runs on, but for large pages. */
const [ticksPerSecond, pageBytes] = [100, 4_096];

interface Look {
  readonly parentPid: number;
  readonly name: string;
  readonly ticks: number;
  readonly residentBytes: number;
  readonly threads: number;
}

/** All processes, looked at twice. One that begins or ends in between is left out. */
export async function readProcesses(root: string, clock: Clock): Promise<HostProcess[]> {
  const before = await lookAtAll(root, clock);
  const begunAt = clock.monotonic();
  await clock.sleep(lookMs);
  const after = await lookAtAll(root, clock);
  const seconds = Math.max(1, clock.monotonic() - begunAt) / 1_000;
  const found: HostProcess[] = [];
  for (const [pid, look] of after) {
    const earlier = before.get(pid);
    if (!earlier) continue;
    const { ticks, parentPid, name, residentBytes, threads } = look;
    const cpuPercent = (100 * Math.max(0, ticks - earlier.ticks)) / ticksPerSecond / seconds;
    found.push({ pid, parentPid, name, cpuPercent, residentBytes, threads });
  }
  return found;
}

async function lookAtAll(root: string, clock: Clock): Promise<Map<number, Look>> {
  const looks = new Map<number, Look>();
  const names = (await readdir(`${root}/proc`)).filter((name) => /^\d+$/.test(name)).slice(0, processesMax);
  const bytes = Buffer.allocUnsafe(statBytesMax);
  for (const [index, name] of names.entries()) {
    if (index % sliceProcesses === sliceProcesses - 1) await clock.sleep(0);
    const file = new HeldFile(`${root}/proc/${name}/stat`);
    const look = parseLook(bytes.toString('latin1', 0, file.readInto(bytes)));
    file.close();
    if (look) looks.set(Number(name), look);
  }
  return looks;
}

/** A line such as `42 (name) S 1 …`; the name may itself hold spaces and parentheses. */
function parseLook(text: string): Look | undefined {
  const end = text.lastIndexOf(')');
  if (end === -1) return undefined;
  const fields = text.slice(end + 2).split(' ');
  const field = (number: number): number => Number(fields[number - 3] ?? Number.NaN);
  const look = {
    parentPid: field(4),
    name: Buffer.from(text.slice(text.indexOf('(') + 1, end), 'latin1').toString('utf8'),
    ticks: field(14) + field(15),
    residentBytes: field(24) * pageBytes,
    threads: field(20),
  };
  return Number.isFinite(look.ticks + look.residentBytes + look.threads) ? look : undefined;
}
