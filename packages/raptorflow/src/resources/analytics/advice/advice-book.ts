import { maskSecrets, RaptorFlowError, type Clock, type Ids, type Logger } from '../../../kernel/index.ts';
import { FindingBook, type Entry, type FindingLimits } from '../finding-book.ts';
import type { UsageSeries } from '../usage.ts';
import type {
  ActionExecutor,
  Advice,
  AdvicePriority,
  Application,
  Recommendation,
} from './recommendation.ts';
import type { AdviceStore } from './store.ts';

type Kept = Omit<Recommendation, 'createdAt' | 'seenAt'>;

/** What the book needs from outside. */
export interface AdviceBookDeps {
  readonly clock: Clock;
  readonly ids: Ids;
  readonly executor: ActionExecutor | undefined;
  readonly log: Logger;
  /** Undefined where a restart may forget what was carried out. */
  readonly store: AdviceStore | undefined;
}

const priorities: readonly AdvicePriority[] = ['low', 'medium', 'high', 'critical'];
const idPrefix = 'adv';
const nameCharactersMax = 200;
const resultCharactersMax = 1_000;

/** All recommendations, and how they are applied: each at most once. */
export class AdviceBook {
  readonly #book: FindingBook<Kept>;
  readonly #deps: AdviceBookDeps;

  constructor(limits: FindingLimits, deps: AdviceBookDeps) {
    this.#book = new FindingBook(limits, ({ priority }) => priorities.indexOf(priority));
    this.#deps = deps;
  }

  /** Opens the store, and goes on with what was carried out before. */
  async open(appliedMax: number): Promise<void> {
    const { store } = this.#deps;
    await store?.open({ appliedMax });
    const applied = (await store?.load()) ?? [];
    this.#book.restore(
      applied.map(({ key, recommendation }) => {
        const { createdAt, seenAt, ...content } = recommendation;
        return { key, content, createdAt, seenAt };
      }),
    );
  }

  async close(): Promise<void> {
    await this.#deps.store?.close();
  }

  /** Notes advice that the data support now. What is open stays open under its id; what was applied comes back only after a while. */
  note(series: UsageSeries, advice: Advice): void {
    const now = this.#deps.clock.now();
    const key = JSON.stringify([series.id, advice.type, advice.basis]);
    const known = this.#book.latest(key);
    if (known && known.content.state === 'applying') return;
    if (known && known.content.state === 'applied' && this.#book.isRepeated(known, now)) return;
    const isSame = known?.content.state === 'open' && this.#book.isRepeated(known, now);
    this.#book.note(
      key,
      {
        ...advice,
        id: isSame ? known.content.id : this.#deps.ids.next(idPrefix),
        series,
        resourceType: series.resourceType,
        tags: tagsOf(series, advice),
        state: 'open',
        application: isSame ? known.content.application : null,
      },
      now,
    );
  }

  /** Advice that was not taken because there is more that matters as much. */
  get refused(): number {
    return this.#book.refused;
  }

  /** The newest first. */
  list(): readonly Recommendation[] {
    const now = this.#deps.clock.now();
    return this.#book.list(now).map((entry) => this.#shown(entry, now));
  }

  /**
   * Lets the executor make the change. Rejects with `not_found`, with `conflict` when it was applied, is being applied or is no longer supported by the
   * data, with `invalid_input` when only people can do it, with `unavailable` when nobody executes, and with the executor's error.
   */
  async apply(id: string, by: string, isVisible: (series: UsageSeries) => boolean): Promise<Application> {
    if (by.trim() === '' || by.length > nameCharactersMax) {
      throw new RaptorFlowError(
        'invalid_input',
        `Who applies a recommendation needs a name of at most ${nameCharactersMax} characters.`,
      );
    }
    const { clock, executor } = this.#deps;
    const entry = this.#entryOf(id);
    if (!entry || !isVisible(entry.content.series)) {
      throw new RaptorFlowError('not_found', `There is no recommendation ${id.slice(0, 80)}.`);
    }
    const { action } = this.#assertOpen(this.#shown(entry, clock.now()));
    if (action === null) {
      throw new RaptorFlowError(
        'invalid_input',
        'This recommendation cannot be applied by a program; follow its steps.',
        { details: { id } },
      );
    }
    if (!executor) {
      throw new RaptorFlowError(
        'unavailable',
        'Nobody executes recommendations here; pass deps.executor to createAnalytics.',
        { retryable: false },
      );
    }
    this.#update(id, { state: 'applying' });
    try {
      const result = await executor.apply(action, { recommendationId: id, by });
      const applied = this.#settle(id, {
        by,
        at: clock.now(),
        outcome: 'applied',
        result: shortened(result),
      });
      await this.#keep(id);
      return applied;
    } catch (error) {
      const result = shortened(error instanceof Error ? error.message : String(error));
      this.#settle(id, { by, at: clock.now(), outcome: 'failed', result });
      throw error;
    }
  }

  #assertOpen(recommendation: Recommendation): Recommendation {
    const { id, state, application } = recommendation;
    if (state === 'open') return recommendation;
    const why = {
      applying: 'is being applied',
      applied: `was applied by ${application?.by ?? 'somebody'}`,
      withdrawn: 'is no longer supported by the data',
    }[state];
    throw new RaptorFlowError('conflict', `This recommendation ${why}; read the present ones.`, {
      details: { id, state },
    });
  }

  #settle(id: string, application: Application): Application {
    this.#update(id, { application, state: application.outcome === 'applied' ? 'applied' : 'open' });
    return application;
  }

  #update(id: string, change: Partial<Kept>): void {
    const entry = this.#entryOf(id);
    if (!entry) return;
    const next = { ...entry, content: { ...entry.content, ...change } };
    this.#book.replace(
      entry,
      change.state === 'applied' ? { ...next, seenAt: this.#deps.clock.now() } : next,
    );
  }

  /** The change is made by now: a store that fails does not undo it. */
  async #keep(id: string): Promise<void> {
    const { store, log, clock } = this.#deps;
    const entry = this.#entryOf(id);
    if (!store || !entry) return;
    try {
      await store.keep({ key: entry.key, recommendation: this.#shown(entry, clock.now()) });
    } catch (error) {
      log.error('It could not be kept that a recommendation was carried out; a restart will forget it.', {
        id,
        error,
      });
    }
  }

  #entryOf(id: string): Entry<Kept> | undefined {
    return this.#book.list(this.#deps.clock.now()).find(({ content }) => content.id === id);
  }

  #shown(entry: Entry<Kept>, now: number): Recommendation {
    const { content, createdAt, seenAt } = entry;
    const isGone = content.state === 'open' && !this.#book.isRepeated(entry, now);
    return { ...content, createdAt, seenAt, ...(isGone && { state: 'withdrawn' as const }) };
  }
}

function tagsOf({ resourceType, kind }: UsageSeries, { type, basis }: Advice): readonly string[] {
  return [resourceType, kind, type, basis];
}

function shortened(text: string): string {
  return maskSecrets(text).slice(0, resultCharactersMax);
}
