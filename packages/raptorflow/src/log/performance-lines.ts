import type { Clock } from '../kernel/index.ts';

/** What a performance line shows; what is not measured is left out. */
export interface PerformanceSample {
  readonly cpuPercent?: number | null | undefined;
  readonly memoryPercent?: number | null | undefined;
  readonly gpuPercent?: number | null | undefined;
  /** Reading and writing together. */
  readonly diskBytesPerSecond?: number | null | undefined;
  /** Receiving and sending together. */
  readonly networkBytesPerSecond?: number | null | undefined;
}

const summaryMs = 1_000;
const fields: readonly (readonly [keyof PerformanceSample, (value: number) => string])[] = [
  ['cpuPercent', (value) => `CPU: ${value.toFixed(1)}%`],
  ['memoryPercent', (value) => `MEM: ${value.toFixed(1)}%`],
  ['gpuPercent', (value) => `GPU: ${value.toFixed(1)}%`],
  ['diskBytesPerSecond', (value) => `DISK: ${(value / 1e6).toFixed(1)} MB/s`],
  ['networkBytesPerSecond', (value) => `NET: ${(value / 1e6).toFixed(1)} MB/s`],
];

/** The message of one sample; null when it shows nothing. */
export function describeSample(sample: PerformanceSample): string | null {
  const shown = fields.flatMap(([field, write]) => {
    const value = sample[field];
    return typeof value === 'number' && Number.isFinite(value) ? [write(value)] : [];
  });
  return shown.length === 0 ? null : `RAPTOR PERF: ${shown.join(' | ')}`;
}

/** Gathers samples and answers one line a second, with the means of what came since the last. */
export class PerformanceSummary {
  readonly #clock: Pick<Clock, 'monotonic'>;
  readonly #sums = new Map<keyof PerformanceSample, { sum: number; count: number }>();
  #beganAt: number | undefined;

  constructor(clock: Pick<Clock, 'monotonic'>) {
    this.#clock = clock;
  }

  /** Takes a sample. Answers the message of the second that has passed, or null. */
  add(sample: PerformanceSample): string | null {
    const now = this.#clock.monotonic();
    const due = this.#beganAt !== undefined && now - this.#beganAt >= summaryMs;
    const message = due ? this.take() : null;
    this.#beganAt ??= now;
    for (const [field] of fields) {
      const value = sample[field];
      if (typeof value !== 'number' || !Number.isFinite(value)) continue;
      const held = this.#sums.get(field);
      if (held) {
        held.sum += value;
        held.count += 1;
      } else this.#sums.set(field, { sum: value, count: 1 });
    }
    return message;
  }

  /** The message of what has come since the last one; null when nothing has. */
  take(): string | null {
    const means = [...this.#sums].map(([field, { sum, count }]) => [field, sum / count] as const);
    this.#sums.clear();
    this.#beganAt = undefined;
    return describeSample(Object.fromEntries(means));
  }
}
