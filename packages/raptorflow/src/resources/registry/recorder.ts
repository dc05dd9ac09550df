import type { Counter, Gauge, Meter, Timer } from '../../metrics/index.ts';
import type { Leak, LeakReason } from '../leaks/leak.ts';
import type { Registry } from './registry.ts';
import { statusCodes } from './slot-table.ts';

const statuses = ['active', 'idle', 'leaked', 'error'] as const;

/** Puts what happens to resources into metrics. Counts are read at each snapshot, so that registering costs nothing. */
export class Recorder {
  readonly #count: Gauge;
  readonly #leaks: Gauge;
  readonly #bytes: Gauge;
  readonly #registered: Counter;
  readonly #found: Counter;
  readonly #judged: Counter;
  readonly #cleaned: Counter;
  readonly #freed: Counter;
  readonly #errors: Counter;
  readonly #scan: Timer;
  #registeredBefore = 0;
  readonly #stops: (() => void)[] = [];

  constructor(meter: Meter) {
    const counter = (name: string, unit: string, description: string): Counter =>
      meter.counter({ name, unit, description, category: 'resource' });
    const gauge = (name: string, unit: string, description: string): Gauge =>
      meter.gauge({ name, unit, description, category: 'resource' });
    this.#count = gauge('resource_count', 'resources', 'Open resources, by type and status.');
    this.#leaks = gauge('resource_leaks', 'leaks', 'Leaks that are open now.');
    this.#bytes = gauge('resource_bytes', 'bytes', 'Bytes that open resources are said to take.');
    this.#registered = counter('resources_registered', 'resources', 'Resources that were opened.');
    this.#found = counter(
      'resource_leaks_detected',
      'leaks',
      'Leaks that were found, by reason and severity.',
    );
    this.#judged = counter(
      'resource_leaks_judged',
      'leaks',
      'Leaks that turned out to be right or wrong, by reason.',
    );
    this.#cleaned = counter(
      'resources_cleaned',
      'resources',
      'Resources that were closed by a cleanup, by type.',
    );
    this.#freed = counter('resource_freed_bytes', 'bytes', 'Bytes that cleanups have freed.');
    this.#errors = counter('resource_errors', 'resources', 'Resources that could not be closed, by type.');
    this.#scan = meter.timer({
      name: 'resource_leak_scan_ms',
      unit: 'ms',
      description: 'How long a scan for leaks took.',
      category: 'resource',
    });
  }

  /** From now on, snapshots ask the registry. */
  observe(registry: Registry, leaks: () => number): void {
    this.#stops.push(
      this.#leaks.observe(leaks),
      this.#bytes.observe(() => {
        // The counter is brought up to date when somebody looks, since registering is the hot path.
        this.#registered.add(registry.registered - this.#registeredBefore);
        this.#registeredBefore = registry.registered;
        return registry.bytes;
      }),
    );
  }

  /** Counts resources of a type from now on. */
  observeType(registry: Registry, type: number, name: string): void {
    for (const status of statuses) {
      const series = this.#count.with({ type: name, status });
      this.#stops.push(series.observe(() => registry.countOf(type, statusCodes[status])));
    }
  }

  /** Snapshots ask no more. */
  stop(): void {
    for (const stop of this.#stops.splice(0)) stop();
  }

  found(leaks: readonly Leak[]): void {
    for (const { reason, severity } of leaks) this.#found.with({ reason, severity }).add();
  }

  judged(reason: LeakReason, right: boolean): void {
    this.#judged.with({ reason, verdict: right ? 'right' : 'wrong' }).add();
  }

  cleaned(type: string, bytes: number): void {
    this.#cleaned.with({ type }).add();
    this.#freed.add(bytes);
  }

  failed(type: string): void {
    this.#errors.with({ type }).add();
  }

  scanned(durationMs: number): void {
    this.#scan.record(durationMs);
  }
}
