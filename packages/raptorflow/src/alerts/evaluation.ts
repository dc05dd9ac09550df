import type { Clock, Logger } from '../kernel/index.ts';
import type { Histogram, LiveHistory, Meter, Tags } from '../metrics/index.ts';
import { isRaptorFlowError, maskSecrets } from '../kernel/index.ts';
import { PresentReader } from './reader.ts';
import { isCompositeRule, isThresholdRule } from './rule.ts';
import type { Entry, RuleBook } from './rule-book.ts';
import type { StateChange } from './rule-runtime.ts';
import { reachMs, sample, sampleComposite, type SampledRule } from './sampling.ts';
import type { PastSource } from './source.ts';
import { firingSince } from './state.ts';

/** What evaluating needs. */
export interface EvaluationParts {
  readonly book: RuleBook;
  readonly live: LiveHistory | undefined;
  readonly past: PastSource | undefined;
  readonly clock: Clock;
  readonly log: Logger;
  readonly meter: Meter;
  readonly graceMs: number;
  /** Hears what changed, in the order in which it did. Fetched rules come later, and one by one. */
  readonly changed: (changes: readonly StateChange[]) => void;
  /** Called when a fetched rule has been evaluated, so that what changed is stored. */
  readonly fetched: () => Promise<void>;
}

/** The event loop is given to others after so long. */
const sliceMsMax = 8;

/** Evaluates rules: from memory at once, others when their sources have answered, never one rule twice at a time. */
export class Evaluation {
  readonly #parts: EvaluationParts;
  readonly #reader: PresentReader;
  readonly #fetching = new Map<Entry, Promise<void>>();
  readonly #durations: Histogram;
  #patientUntil = Number.NEGATIVE_INFINITY;

  constructor(parts: EvaluationParts) {
    this.#parts = parts;
    this.#reader = new PresentReader(parts.live, parts.past);
    this.#durations = parts.meter.histogram({
      name: 'alert_evaluation_duration_ms',
      unit: 'ms',
      description: 'How long one round over the rules that were due took.',
      category: 'performance',
    });
  }

  /** From here on missing samples say nothing for a while, because series come back one by one. */
  start(): void {
    this.#patientUntil = this.#parts.clock.monotonic() + this.#parts.graceMs;
  }

  /** One round over what is due. Resolves when all rules that are evaluated from memory are done. */
  async round(now: number): Promise<void> {
    const { book, clock, live } = this.#parts;
    const due = book.due(now);
    // Before the first samples there is nothing to say about anything.
    if (due.length === 0 || live?.latestAt === null) return;
    const patient = clock.monotonic() < this.#patientUntil;
    const begunAt = clock.monotonic();
    let sliceAt = begunAt;
    const changes: StateChange[] = [];
    // What memory answers belongs to this round, and is there before composite rules look at it.
    let inMemory: Promise<void>[] = [];
    for (const { entry, at } of due) {
      // A rule that was removed while others had their turn is not evaluated any more.
      if (book.get(entry.runtime.id) !== entry) continue;
      if (inMemory.length > 0 && isCompositeRule(entry.runtime.rule)) {
        await Promise.all(inMemory);
        inMemory = [];
      }
      const answer = this.#evaluate(entry, at, patient, changes);
      if (answer) inMemory.push(answer);
      if (clock.monotonic() - sliceAt < sliceMsMax) continue;
      await new Promise<void>((resolve) => {
        setImmediate(resolve);
      });
      sliceAt = clock.monotonic();
    }
    await Promise.all(inMemory);
    if (changes.length > 0) this.#parts.changed(changes);
    this.#durations.record(clock.monotonic() - begunAt);
  }

  /** Resolves when no source is being asked any more. */
  async settled(): Promise<void> {
    while (this.#fetching.size > 0) await Promise.all(this.#fetching.values());
  }

  #evaluate(entry: Entry, at: number, patient: boolean, changes: StateChange[]): Promise<void> | null {
    const { runtime } = entry;
    const { rule } = runtime;
    if (isCompositeRule(rule)) {
      runtime.observe(sampleComposite(rule, this.#firingOf(entry)), at, patient, changes);
      return null;
    }
    const { live } = this.#parts;
    const isInMemory = this.#reader.reaches(at - reachMs(rule));
    // A threshold over a window that memory holds: the many, which are to cost nothing but the loop.
    if (live && isInMemory && isThresholdRule(rule)) {
      runtime.observeLive(live, at, patient, changes);
      runtime.failure = null;
      return null;
    }
    if (isInMemory && rule.condition !== 'anomaly') return this.#sample(entry, rule, at, patient, changes);
    if (!this.#fetching.has(entry)) {
      runtime.evaluatedAt = at;
      const fetching = this.#fetch(entry, rule, at, patient).finally(() => this.#fetching.delete(entry));
      this.#fetching.set(entry, fetching);
    }
    return null;
  }

  #firingOf({ members }: Entry): Tags[][] {
    return members.map((id) => {
      const instances = this.#parts.book.get(id)?.runtime.instances.values() ?? [];
      return [...instances].filter(({ state }) => firingSince(state) !== null).map(({ labels }) => labels);
    });
  }

  async #fetch(entry: Entry, rule: SampledRule, at: number, patient: boolean): Promise<void> {
    const changes: StateChange[] = [];
    await this.#sample(entry, rule, at, patient, changes);
    if (changes.length > 0) this.#parts.changed(changes);
    await this.#parts.fetched();
  }

  async #sample(
    entry: Entry,
    rule: SampledRule,
    at: number,
    patient: boolean,
    changes: StateChange[],
  ): Promise<void> {
    const { runtime } = entry;
    const { book, log } = this.#parts;
    try {
      const samples = await sample(rule, this.#reader, at, entry.forecasts);
      if (book.get(runtime.id) !== entry) return;
      runtime.observe(samples, at, patient, changes);
      runtime.failure = null;
    } catch (error) {
      const failure = maskSecrets(isRaptorFlowError(error) ? error.message : String(error));
      // Told once, not at every interval; the alerts stay as they are.
      if (runtime.failure === null) log.warn('A rule cannot be evaluated.', { rule: runtime.id, error });
      runtime.failure = failure;
      runtime.evaluatedAt = at;
    }
  }
}
