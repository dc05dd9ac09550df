import { readdirSync } from 'node:fs';
import { constants, monitorEventLoopDelay, PerformanceObserver } from 'node:perf_hooks';
import type { Figure, Growth } from './growth.ts';

const nanosPerMs = 1e6;
/** An event loop that is late by less is well. */
const delayMsMin = 50;
/** Handles that come and go with each turn of the event loop. */
const passing: ReadonlySet<string> = new Set([
  'Immediate',
  'TickObject',
  'FSReqCallback',
  'FSReqPromise',
  'GetAddrInfoReqWrap',
]);
const kindsMax = 64;

/** What the process as a whole holds. A part of the figures is only known where the platform tells. */
export class ProcessFigures {
  readonly #growth: Growth;
  readonly #countMin: number;
  readonly #heapBytesMin: number;
  #stops: (() => void)[] = [];
  #kinds = new Map<string, number>();
  readonly #known = new Set<string>();

  constructor(growth: Growth, least: { readonly countMin: number; readonly heapBytesMin: number }) {
    this.#growth = growth;
    this.#countMin = least.countMin;
    this.#heapBytesMin = least.heapBytesMin;
  }

  start(): void {
    this.#watchHeap();
    this.#watchDelay();
    this.#watch({
      name: 'open_files',
      unit: 'file descriptors',
      growthMin: this.#countMin,
      read: countDescriptors,
    });
  }

  stop(): void {
    for (const stop of this.#stops.splice(0)) stop();
    this.#known.clear();
  }

  /** To be called before each look. */
  refresh(): void {
    const counts = new Map<string, number>();
    for (const kind of process.getActiveResourcesInfo()) counts.set(kind, (counts.get(kind) ?? 0) + 1);
    this.#kinds = counts;
    for (const kind of counts.keys()) {
      if (passing.has(kind) || this.#known.has(kind) || this.#known.size >= kindsMax) continue;
      this.#known.add(kind);
      const read = (): number => this.#kinds.get(kind) ?? 0;
      this.#watch({
        name: `active_${kind}`,
        unit: `handles of kind ${kind}`,
        growthMin: this.#countMin,
        read,
      });
    }
  }

  #watch(figure: Figure): void {
    // Of two registries in one process the first name stays free for whoever watches his own.
    if (!this.#growth.has(figure.name)) this.#stops.push(this.#growth.watch(figure));
  }

  /** The heap is only looked at after full collections: before one, garbage counts too. */
  #watchHeap(): void {
    let least: number | undefined;
    const observer = new PerformanceObserver((list) => {
      for (const entry of list.getEntries()) {
        const { detail } = entry as PerformanceEntry & { readonly detail: { readonly kind: number } };
        if (detail.kind !== constants.NODE_PERFORMANCE_GC_MAJOR) continue;
        const { heapUsed } = process.memoryUsage();
        least = least === undefined ? heapUsed : Math.min(least, heapUsed);
      }
    });
    observer.observe({ entryTypes: ['gc'] });
    this.#stops.push(() => observer.disconnect());
    const read = (): number | undefined => {
      const value = least;
      least = undefined;
      return value;
    };
    this.#watch({ name: 'heap_after_gc', unit: 'bytes', growthMin: this.#heapBytesMin, read });
  }

  #watchDelay(): void {
    const delay = monitorEventLoopDelay({ resolution: 20 });
    delay.enable();
    this.#stops.push(() => void delay.disable());
    const read = (): number | undefined => {
      const ms = delay.percentile(99) / nanosPerMs;
      const isKnown = delay.count > 0;
      delay.reset();
      return isKnown ? ms : undefined;
    };
    this.#watch({ name: 'event_loop_delay', unit: 'ms at the 99th percentile', growthMin: delayMsMin, read });
  }
}

function countDescriptors(): number | undefined {
  if (process.platform !== 'linux') return undefined;
  // One of them is that of reading the folder.
  return readdirSync('/proc/self/fd').length - 1;
}
