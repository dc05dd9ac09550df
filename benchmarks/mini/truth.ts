import { readFileSync } from 'node:fs';
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
 * How far the reading of the processors is from the time that their scheduler counted, in nanoseconds and whatever else the machine does, with loads
 * of a known size besides.
 */
export async function truth(settings: BenchSettings, findings: Findings): Promise<void> {
  settings.print('\nReading of the processors under known loads');
  const means = new WindowedMonitor();
  await means.monitor.start();
  try {
    for (let round = 0; round < settings.rounds; round += 1) {
      let worst = 0;
      for (const load of loads) {
        const child = await Child.start('load.ts', String(load));
        let read: number;
        let real: number;
        let own: number;
        try {
          await sleep(settleMs);
          child.begin();
          [read, real] = await means.over(windowMs);
          own = child.percent() / availableParallelism();
        } finally {
          await child.stop();
        }
        settings.print(
          `  ${load} % of a core, ${own.toFixed(1)} % of the machine: read ${read.toFixed(2)} %, was ${real.toFixed(2)} %`,
        );
        worst = Math.max(worst, Math.abs(read - real));
      }
      findings.add(ours, { cpu_error_points: worst });
    }
  } finally {
    await means.monitor.stop();
  }
}

/** Milliseconds that everything on this machine has run: the kernel counts them to the nanosecond for the group of control groups that holds all. */
function scheduledMs(): number {
  try {
    return Number(readFileSync('/sys/fs/cgroup/cpuacct/cpuacct.usage', 'utf8')) / 1e6;
  } catch {
    const [, micros] = /^usage_usec (\d+)$/m.exec(readFileSync('/sys/fs/cgroup/cpu.stat', 'utf8')) ?? [];
    return Number(micros) / 1e3;
  }
}

class WindowedMonitor {
  readonly monitor: HostMonitor;
  #weighted = 0;
  #elapsed = 0;
  #onNext: (() => void) | undefined;

  constructor() {
    const onSample = ({ cpu, elapsedMs }: HostSample): void => {
      this.#weighted += (cpu?.percent ?? 0) * elapsedMs;
      this.#elapsed += elapsedMs;
      this.#onNext?.();
      this.#onNext = undefined;
    };
    this.monitor = createHostMonitor({ gpu: false }, { onSample });
  }

  /** Mean of the samples of so many milliseconds from now on, and what the scheduler counted meanwhile; both percent of the machine. */
  async over(ms: number): Promise<readonly [read: number, real: number]> {
    // Samples and the scheduler's count must be about the same time, so both begin and end with a sample.
    await this.#next();
    const [begunAt, before] = [performance.now(), scheduledMs()];
    this.#weighted = 0;
    this.#elapsed = 0;
    await sleep(ms);
    await this.#next();
    const share = (scheduledMs() - before) / (performance.now() - begunAt) / availableParallelism();
    return [this.#weighted / this.#elapsed, 100 * share];
  }

  #next(): Promise<void> {
    return new Promise((resolve) => {
      this.#onNext = resolve;
    });
  }
}
