import { availableParallelism } from 'node:os';
import { setTimeout as sleep } from 'node:timers/promises';
import { createHostMonitor, type HostMonitor, type HostSample } from 'raptorflow/host';
import { ours, type Findings } from '../harness/findings.ts';
import type { BenchSettings } from '../harness/question.ts';
import { Child } from './child.ts';

/** Percent of one core. */
const loads = [25, 50, 100] as const;
const windowMs = 6_000;
const settleMs = 500;

/**
 * How far the reading of the processors rises with a load, against what the kernel counted for the thread that made it. Before and after, the
 * machine is read without the load; the less it does otherwise, the truer the figure.
 */
export async function truth(settings: BenchSettings, findings: Findings): Promise<void> {
  settings.print('\nReading of the processors under a known load');
  const means = new WindowedMonitor();
  await means.monitor.start();
  try {
    for (let round = 0; round < settings.rounds; round += 1) {
      let worst = 0;
      for (const load of loads) {
        const before = await means.over(windowMs);
        const child = await Child.start('load.ts', String(load));
        await sleep(settleMs);
        child.begin();
        const during = await means.over(windowMs);
        const real = child.percent() / availableParallelism();
        await child.stop();
        await sleep(settleMs);
        const after = await means.over(windowMs);
        const error = during - (before + after) / 2 - real;
        settings.print(
          `  ${load} % of a core: read ${during.toFixed(2)} %, error ${error.toFixed(2)} points`,
        );
        worst = Math.max(worst, Math.abs(error));
      }
      findings.add(ours, { cpu_error_points: worst });
    }
  } finally {
    await means.monitor.stop();
  }
}

class WindowedMonitor {
  readonly monitor: HostMonitor;
  #weighted = 0;
  #elapsed = 0;

  constructor() {
    const onSample = ({ cpu, elapsedMs }: HostSample): void => {
      this.#weighted += (cpu?.percent ?? 0) * elapsedMs;
      this.#elapsed += elapsedMs;
    };
    this.monitor = createHostMonitor({ gpu: false }, { onSample });
  }

  /** The mean of the samples of so many milliseconds from now on. */
  async over(ms: number): Promise<number> {
    this.#weighted = 0;
    this.#elapsed = 0;
    await sleep(ms);
    return this.#elapsed === 0 ? 0 : this.#weighted / this.#elapsed;
  }
}
