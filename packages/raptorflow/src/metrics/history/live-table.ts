import type { Tags } from './sampled.ts';
import type { LiveHistory, LiveSeries } from './live.ts';
import type { SeriesRing } from './series-ring.ts';

/** The rings of all series by metric. */
export class LiveTable implements LiveHistory {
  generation = 0;
  latestAt: number | null = null;
  readonly spanMs: number;
  readonly #rings = new Map<string, SeriesRing[]>();

  constructor(spanMs: number) {
    this.spanMs = spanMs;
  }

  /** Shows a ring from now on. */
  add(metric: string, ring: SeriesRing): void {
    const rings = this.#rings.get(metric);
    if (rings) rings.push(ring);
    else this.#rings.set(metric, [ring]);
    this.generation += 1;
  }

  /** Lets go of the rings of a metric that are not kept. */
  prune(isKept: (ring: SeriesRing) => boolean): void {
    for (const [metric, rings] of this.#rings) {
      const kept = rings.filter(isKept);
      if (kept.length === rings.length) continue;
      this.generation += 1;
      if (kept.length === 0) this.#rings.delete(metric);
      else this.#rings.set(metric, kept);
    }
  }

  select(metric: string, tags: Tags): readonly LiveSeries[] {
    const wanted = Object.entries(tags);
    return (this.#rings.get(metric) ?? []).filter((ring) =>
      wanted.every(([name, value]) => ring.tags[name] === value),
    );
  }
}
