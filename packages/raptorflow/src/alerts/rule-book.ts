import { RaptorFlowError } from '../kernel/index.ts';
import { Forecasts } from './forecasts.ts';
import { isCompositeRule, ruleIdOf, type AlertRule, type CompositeRule } from './rule.ts';
import { RuleRuntime, type Keeping } from './rule-runtime.ts';
import type { Forecast } from './source.ts';

/** A rule at work, with what it remembers besides its alerts. */
export interface Entry {
  readonly runtime: RuleRuntime;
  readonly forecasts: Forecasts | null;
  /** The members of a composite rule, by their ids. */
  readonly members: readonly string[];
}

/** The rules that there are, and which of them are due. */
export class RuleBook {
  readonly #entries = new Map<string, Entry>();
  #order: readonly Entry[] | null = null;
  readonly #keeping: Keeping;
  readonly #rulesMax: number;
  readonly #forecast: Forecast | undefined;

  constructor(keeping: Keeping, rulesMax: number, forecast: Forecast | undefined) {
    this.#keeping = keeping;
    this.#rulesMax = rulesMax;
    this.#forecast = forecast;
  }

  get(id: string): Entry | undefined {
    return this.#entries.get(id);
  }

  /** In the order in which they were added. */
  all(): IterableIterator<Entry> {
    return this.#entries.values();
  }

  /** Throws what `AlertRules.put` throws about other rules and limits. */
  check(rule: AlertRule): void {
    const id = ruleIdOf(rule);
    if (!this.#entries.has(id) && this.#entries.size >= this.#rulesMax) {
      throw new RaptorFlowError(
        'exhausted',
        `There are ${this.#rulesMax} rules; remove some or raise rulesMax.`,
        {
          details: { rulesMax: this.#rulesMax },
          retryable: false,
        },
      );
    }
    if (!isCompositeRule(rule)) return;
    const missing = membersOf(rule).filter((member) => !this.#entries.has(member));
    if (missing.length > 0) {
      throw new RaptorFlowError(
        'not_found',
        `${rule.name} consists of rules that do not exist: ${missing.join(', ')}.`,
        {
          details: { missing },
        },
      );
    }
    if (membersOf(rule).some((member) => this.#contains(member, id))) {
      throw new RaptorFlowError('conflict', `${rule.name} would contain itself.`);
    }
  }

  /** Throws `conflict` while composite rules contain it. */
  checkRemoval(id: string): void {
    const users = [...this.#entries.values()].filter(({ members }) => members.includes(id));
    if (users.length === 0) return;
    const names = users.map(({ runtime }) => runtime.rule.name);
    throw new RaptorFlowError('conflict', `The rule is part of ${names.join(', ')}; remove it there first.`, {
      details: { rules: names },
    });
  }

  /** Puts a rule in its place, without alerts. */
  put(rule: AlertRule): Entry {
    const entry = {
      runtime: new RuleRuntime(rule, this.#keeping),
      forecasts: rule.condition === 'anomaly' ? new Forecasts(rule, this.#forecast) : null,
      members: isCompositeRule(rule) ? membersOf(rule) : [],
    };
    this.#entries.set(entry.runtime.id, entry);
    this.#order = null;
    return entry;
  }

  remove(id: string): boolean {
    this.#order = null;
    return this.#entries.delete(id);
  }

  /**
   * Those that are to be evaluated now, in the order of their ids, composite ones after their members; each with the moment that the evaluation is for.
   */
  due(now: number): { readonly entry: Entry; readonly at: number }[] {
    this.#order ??= this.#inOrder();
    return this.#order.flatMap((entry) => {
      const at = dueAt(entry, now);
      return at !== null && at <= now ? [{ entry, at }] : [];
    });
  }

  /** When the next evaluation is due, now included; null without rules. */
  nextAt(now: number): number | null {
    let next: number | null = null;
    for (const entry of this.#entries.values()) {
      const at = dueAt(entry, now);
      if (at !== null && (next === null || at < next)) next = at;
    }
    return next;
  }

  // The order must not depend on which rule was added first: after a restart nobody knows.
  #inOrder(): Entry[] {
    const depths = new Map([...this.#entries.values()].map((entry) => [entry, this.#depth(entry)]));
    return [...this.#entries.values()].sort((a, b) => {
      const deeper = (depths.get(a) ?? 0) - (depths.get(b) ?? 0);
      return deeper !== 0 ? deeper : a.runtime.id < b.runtime.id ? -1 : 1;
    });
  }

  #depth({ members }: Entry): number {
    const depths = members.map((member) => {
      const entry = this.#entries.get(member);
      return entry ? this.#depth(entry) : 0;
    });
    return depths.length === 0 ? 0 : 1 + Math.max(...depths);
  }

  #contains(id: string, wanted: string): boolean {
    return (
      id === wanted || (this.#entries.get(id)?.members ?? []).some((member) => this.#contains(member, wanted))
    );
  }
}

// Evaluations are for whole intervals since 1970, so that all processes agree on them.
function dueAt({ runtime: { rule, intervalMs, evaluatedAt } }: Entry, now: number): number | null {
  if (!rule.enabled) return null;
  const at = Math.floor(now / intervalMs) * intervalMs;
  // An evaluation in the future means that the clock was set back; nobody waits for it to come round again.
  const isDone = evaluatedAt !== null && at <= evaluatedAt && evaluatedAt - at < intervalMs;
  return isDone ? at + intervalMs : at;
}

function membersOf(rule: CompositeRule): string[] {
  return rule.rules.map((name) => ruleIdOf({ name, workspaceId: rule.workspaceId }));
}
