import { RaptorFlowError, type Logger } from '../../kernel/index.ts';
import { infoOf } from './listing.ts';
import type { ResolvedResourcesOptions } from './options.ts';
import type { Registry } from './registry.ts';
import type {
  CleanupFailure,
  CleanupReport,
  CleanupStrategy,
  ResourceFilter,
  ResourceInfo,
  ResourceType,
} from './resource.ts';
import { slotFlags } from './slot-table.ts';

const failuresListed = 100;
const cleanedKeptMax = 1_000;
/** Resources that close at once are closed in one turn of the event loop, so many at most. */
const turnMax = 500;

/** How one attempt went: the bytes that it freed, or why it failed. */
type Outcome = { readonly freed: number } | { readonly error: unknown };

/** A resource that has been chosen to be closed. */
interface Candidate {
  readonly slot: number;
  readonly generation: number;
}

/** What is told about each closing. */
export interface ClosingListener {
  onCleaned(type: string, bytes: number): void;
  onFailed(type: string): void;
}

/**
 * Closes resources: first by their own `dispose`, then by the strategy of their type. Each is closed by one call at a time, and an attempt that takes
 * longer than its deadline counts as failed; what it still does then is not waited for.
 */
export class Closing {
  readonly #registry: Registry;
  readonly #options: ResolvedResourcesOptions['cleanup'];
  readonly #strategies = new Map<string, CleanupStrategy>();
  readonly #listener: ClosingListener;
  readonly #log: Logger;
  readonly #kept = new Map<string, ResourceInfo>();
  cleaned = 0;
  bytesFreed = 0;

  constructor(
    registry: Registry,
    options: ResolvedResourcesOptions['cleanup'],
    deps: { readonly listener: ClosingListener; readonly log: Logger },
  ) {
    this.#registry = registry;
    this.#options = options;
    this.#listener = deps.listener;
    this.#log = deps.log;
    for (const [type, strategy] of Object.entries(options.strategies)) this.#strategies.set(type, strategy);
  }

  /** From now on, resources of the type are closed this way too. */
  use(type: ResourceType, strategy: CleanupStrategy): void {
    this.#strategies.set(type, strategy);
  }

  /** One that was cleaned up a short time ago. */
  find(id: string): ResourceInfo | undefined {
    return this.#kept.get(id);
  }

  /** Those that were cleaned up a short time ago and fit, the newest last. */
  recent({ status: _status, limit, ...named }: ResourceFilter): ResourceInfo[] {
    const fits = (info: ResourceInfo): boolean =>
      Object.entries(named).every(
        ([key, value]) => value === undefined || info[key as keyof ResourceInfo] === value,
      );
    return [...this.#kept.values()].filter(fits).slice(-(limit ?? cleanedKeptMax));
  }

  /** Closes one resource; undefined when that worked or it was gone already, otherwise why not. */
  async closeOne(slot: number, generation: number): Promise<CleanupFailure | undefined> {
    const report = await this.closeAll([slot], 0, generation);
    return report.failures[0];
  }

  /** Closes these resources, so many at a time as the options say. */
  async closeAll(slots: readonly number[], active: number, generation?: number): Promise<CleanupReport> {
    const { clock, table } = this.#registry;
    const begunAt = clock.monotonic();
    // Slots may be given to others while this one waits.
    const queue = slots.map((slot) => ({ slot, generation: generation ?? table.generation[slot] ?? 0 }));
    const tally = new Tally();
    let next = 0;
    const work = async (): Promise<void> => {
      let turn = 0;
      while (next < queue.length) {
        const candidate = queue[next];
        next += 1;
        if (candidate === undefined) return;
        const outcome = this.#begin(candidate, tally);
        if (outcome instanceof Promise) await outcome;
        else if (++turn % turnMax === 0) await nextTurn();
      }
    };
    const workers = Math.min(this.#options.concurrency, queue.length);
    await Promise.all(Array.from({ length: workers }, work));
    return tally.report(active, clock.monotonic() - begunAt);
  }

  /** Begins to close a resource; a promise when it takes longer than this call. */
  #begin(candidate: Candidate, tally: Tally): Promise<void> | undefined {
    const { table } = this.#registry;
    const { slot, generation } = candidate;
    if (!table.isOpen(slot, generation) || table.hasFlag(slot, slotFlags.closing)) return undefined;
    table.setFlag(slot, slotFlags.closing, true);
    const info = infoOf(this.#registry, slot);
    const dispose = table.disposes[slot];
    const strategy = this.#strategies.get(info.type);
    const attempt = (): Outcome | Promise<Outcome> => attemptToClose(info, dispose, strategy);
    const first = dispose === undefined && strategy === undefined ? nothingCloses(info) : attempt();
    if (!(first instanceof Promise) && 'freed' in first) {
      this.#end(candidate, info, first, tally);
      return undefined;
    }
    const canRetry = dispose !== undefined || strategy !== undefined;
    return this.#persist(first, canRetry ? attempt : undefined).then((outcome) =>
      this.#end(candidate, info, outcome, tally),
    );
  }

  /** Waits for the first attempt and repeats it while it fails. */
  async #persist(
    first: Outcome | Promise<Outcome>,
    again: (() => Outcome | Promise<Outcome>) | undefined,
  ): Promise<Outcome> {
    const { retriesMax, retryDelayMs } = this.#options;
    let outcome = await this.#within(first);
    if (again === undefined) return outcome;
    for (let retry = 0; 'error' in outcome && retry < retriesMax; retry += 1) {
      await this.#registry.clock.sleep(retryDelayMs * 2 ** retry);
      outcome = await this.#within(again());
    }
    return outcome;
  }

  async #within(outcome: Outcome | Promise<Outcome>): Promise<Outcome> {
    if (!(outcome instanceof Promise)) return outcome;
    const { deadlineMs } = this.#options;
    const late = Promise.withResolvers<Outcome>();
    const timer = this.#registry.clock.setTimeout(() => {
      const message = `Closing took longer than ${deadlineMs} ms; give cleanup.deadlineMs more, or find out what it waits for.`;
      late.resolve({ error: new RaptorFlowError('timeout', message) });
    }, deadlineMs);
    try {
      return await Promise.race([outcome, late.promise]);
    } finally {
      timer.cancel();
    }
  }

  #end({ slot, generation }: Candidate, info: ResourceInfo, outcome: Outcome, tally: Tally): void {
    const registry = this.#registry;
    if ('freed' in outcome) {
      // Its owner may have released it meanwhile, as sockets do by themselves when they are closed.
      registry.free(slot, generation);
      this.#keep(info);
      this.cleaned += 1;
      this.bytesFreed += outcome.freed;
      tally.cleaned(info.type, outcome.freed);
      this.#listener.onCleaned(info.type, outcome.freed);
      return;
    }
    if (!registry.table.isOpen(slot, generation)) return;
    registry.table.setFlag(slot, slotFlags.closing, false);
    registry.fail(slot, outcome.error);
    tally.failed({ id: info.id, type: info.type, error: outcome.error });
    this.#listener.onFailed(info.type);
    this.#log.warn('A resource could not be closed; the next cleanup tries again.', {
      id: info.id,
      type: info.type,
      error: outcome.error,
    });
  }

  #keep(info: ResourceInfo): void {
    this.#kept.delete(info.id);
    this.#kept.set(info.id, { ...info, status: 'cleaned_up', error: undefined });
    if (this.#kept.size <= cleanedKeptMax) return;
    for (const oldest of this.#kept.keys()) {
      this.#kept.delete(oldest);
      return;
    }
  }
}

/** Counts what one cleanup does. */
class Tally {
  readonly #byType: Record<string, number> = {};
  readonly #failures: CleanupFailure[] = [];
  #cleaned = 0;
  #bytes = 0;
  #failed = 0;

  cleaned(type: string, bytes: number): void {
    this.#cleaned += 1;
    this.#bytes += bytes;
    this.#byType[type] = (this.#byType[type] ?? 0) + 1;
  }

  failed(failure: CleanupFailure): void {
    this.#failed += 1;
    if (this.#failures.length < failuresListed) this.#failures.push(failure);
  }

  report(active: number, durationMs: number): CleanupReport {
    return {
      cleaned: this.#cleaned,
      bytesFreed: this.#bytes,
      failed: this.#failed,
      active,
      cleanedByType: this.#byType,
      failures: this.#failures,
      durationMs,
    };
  }
}

/** Calls what closes the resource. Waits only where something is to be waited for. */
function attemptToClose(
  info: ResourceInfo,
  dispose: (() => unknown) | undefined,
  strategy: CleanupStrategy | undefined,
): Outcome | Promise<Outcome> {
  const failed = (error: unknown): Outcome => ({ error });
  const then = (first: unknown): Outcome | Promise<Outcome> => {
    const second = strategy?.(info);
    return isThenable(second)
      ? Promise.resolve(second).then((answer) => freedBy(info, first, answer), failed)
      : freedBy(info, first, second);
  };
  try {
    const first = dispose?.();
    return isThenable(first) ? Promise.resolve(first).then(then).catch(failed) : then(first);
  } catch (error) {
    return failed(error);
  }
}

function freedBy(info: ResourceInfo, ...answers: unknown[]): Outcome {
  const told = answers.filter(
    (answer) => typeof answer === 'number' && Number.isFinite(answer) && answer >= 0,
  ) as number[];
  return { freed: told.length === 0 ? info.sizeBytes : told.reduce((sum, bytes) => sum + bytes, 0) };
}

function nothingCloses(info: ResourceInfo): Outcome {
  const message = `Nothing is known that closes ${info.id}: register a ${info.type} with dispose, or give its type a strategy.`;
  return { error: new RaptorFlowError('unavailable', message, { retryable: false }) };
}

function isThenable(value: unknown): value is Promise<unknown> {
  return value instanceof Promise || (typeof value === 'object' && value !== null && 'then' in value);
}

function nextTurn(): Promise<void> {
  return new Promise((resolve) => {
    setImmediate(resolve);
  });
}
