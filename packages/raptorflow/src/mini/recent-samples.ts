import type { HostSample } from '../host/index.ts';

/** Samples that are kept, and the least time between two of them. */
export const samplesKeptMax = 300;
const everyMs = 1_000;
/** Timers run a little early or late, which must not cost every second sample. */
const slackMs = 50;

/** The samples of the last minutes, one a second. */
export class RecentSamples {
  readonly #samples: HostSample[] = [];

  note(sample: HostSample): void {
    const newest = this.#samples.at(-1);
    // A clock that was set back begins anew.
    if (newest !== undefined && sample.at >= newest.at && sample.at - newest.at < everyMs - slackMs) return;
    this.#samples.push(sample);
    if (this.#samples.length > samplesKeptMax) this.#samples.shift();
  }

  /** The newest so many, oldest first. */
  list(limit: number): readonly HostSample[] {
    return limit <= 0 ? [] : this.#samples.slice(-limit);
  }
}
