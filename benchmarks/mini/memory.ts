import { setTimeout as sleep } from 'node:timers/promises';
import { ours, type Findings } from '../harness/findings.ts';
import type { BenchSettings } from '../harness/question.ts';
import { Child } from './child.ts';

/** Until the code is compiled and the heap has its size. */
const [settledMs, quickSettledMs] = [60_000, 5_000];
const program = 'watcher.ts';

/** What a started monitor holds in RAM more than the same program with the library imported: as many pairs as rounds, all at once, since two of a kind differ. */
export async function memory(settings: BenchSettings, findings: Findings): Promise<void> {
  settings.print(`\nMemory of a started monitor (${settings.rounds} pairs)`);
  const pairs = await Promise.all(
    Array.from({ length: settings.rounds }, () =>
      Promise.all([Child.start(program, 'idle'), Child.start(program, ours)]),
    ),
  );
  try {
    await sleep(settings.rounds === 1 ? quickSettledMs : settledMs);
    for (const [idle, started] of pairs) {
      const [without, held] = [idle.residentMb(), started.residentMb()];
      settings.print(`  ${held.toFixed(1)} MiB beside ${without.toFixed(1)} MiB`);
      findings.add(ours, { rss_mb_net: held - without });
    }
  } finally {
    await Promise.all(pairs.flat().map((child) => child.stop()));
  }
}
