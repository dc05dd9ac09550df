import { setTimeout as sleep } from 'node:timers/promises';
import { ours, type Findings } from '../harness/findings.ts';
import type { BenchSettings } from '../harness/question.ts';
import { Watcher, type Who } from './watcher.ts';

/** Every process first runs for so long, until its code is compiled and its heap has its size. */
const [warmUpMs, quickWarmUpMs] = [10_000, 3_000];
/** How long processor time is counted. */
const [countedMs, quickCountedMs] = [30_000, 5_000];
const contestants = ['ours', 'systeminformation'] as const;

/**
 * What watching the host costs, net of a process that has the library imported, not started, and an idle timer of the same period. Each contestant runs
 * beside an idle process of its own, so that what else the machine does falls on both; the contestants take turns and change their order.
 */
export async function watching(settings: BenchSettings, findings: Findings): Promise<void> {
  const isQuick = settings.rounds === 1;
  settings.print(`\nWatching the host at 5 Hz and the process at 1 Hz (${settings.rounds} rounds)`);
  for (let round = 0; round < settings.rounds; round += 1) {
    const order = round % 2 === 0 ? contestants : contestants.toReversed();
    for (const who of order) {
      const [idle, mine] = await sideBySide(['idle', who], isQuick);
      const percent = mine.percent - idle.percent;
      const residentMb = mine.residentMb - idle.residentMb;
      settings.print(
        `  ${who}: ${mine.percent.toFixed(3)} % beside idle ${idle.percent.toFixed(3)} %, ` +
          `${mine.residentMb.toFixed(1)} MiB beside ${idle.residentMb.toFixed(1)} MiB`,
      );
      const name = who === 'ours' ? ours : who;
      findings.add(name, { cpu_percent_net: Math.max(0, percent), rss_mb_net: residentMb });
    }
  }
}

type Measured = ReturnType<Watcher['measure']>;

async function sideBySide(
  who: readonly [Who, Who],
  isQuick: boolean,
): Promise<readonly [Measured, Measured]> {
  const watchers = [await Watcher.start(who[0]), await Watcher.start(who[1])] as const;
  try {
    await sleep(isQuick ? quickWarmUpMs : warmUpMs);
    for (const watcher of watchers) watcher.begin();
    await sleep(isQuick ? quickCountedMs : countedMs);
    return [watchers[0].measure(), watchers[1].measure()];
  } finally {
    await Promise.all(watchers.map((watcher) => watcher.stop()));
  }
}
