import { setTimeout as sleep } from 'node:timers/promises';
import { ours, type Findings } from '../harness/findings.ts';
import type { BenchSettings } from '../harness/question.ts';
import { Child } from './child.ts';

/** A monitor runs for weeks; its first minute, in which its code is compiled, is not what it costs. */
const [warmUpMs, quickWarmUpMs] = [90_000, 3_000];
/** How long processor time is counted, and how long a process that was paused runs before that. */
const [countedMs, quickCountedMs] = [30_000, 5_000];
const settleMs = 2_000;
const program = 'watcher.ts';
const contestants = [ours, 'systeminformation'] as const;

/**
 * What watching the host costs, net of a process that has the library imported, not started, and an idle timer of the same period. The idle one runs
 * beside each contestant, so that what else the machine does falls on both; the contestants take turns, in changing order, the other one paused.
 */
export async function watching(settings: BenchSettings, findings: Findings): Promise<void> {
  const isQuick = settings.rounds === 1;
  settings.print(`\nWatching the host at 5 Hz and the process at 1 Hz (${settings.rounds} rounds)`);
  const idle = await Child.start(program, 'idle');
  const children = await Promise.all(contestants.map((who) => Child.start(program, who)));
  try {
    await sleep(isQuick ? quickWarmUpMs : warmUpMs);
    for (const child of children) child.pause();
    for (let round = 0; round < settings.rounds; round += 1) {
      const turns = contestants.map((who, at) => ({ who, child: children[at] ?? idle }));
      for (const { who, child } of round % 2 === 0 ? turns : turns.toReversed()) {
        child.resume();
        await sleep(settleMs);
        for (const one of [idle, child]) one.begin();
        await sleep(isQuick ? quickCountedMs : countedMs);
        const [gross, floor] = [child.percent(), idle.percent()];
        child.pause();
        settings.print(`  ${who}: ${gross.toFixed(3)} %, idle ${floor.toFixed(3)} %`);
        findings.add(who, { cpu_percent_net: Math.max(0, gross - floor) });
      }
    }
  } finally {
    await Promise.all([idle, ...children].map((child) => child.stop()));
  }
}
