import type { Registry } from '../registry/registry.ts';
import { infoOf } from '../registry/listing.ts';
import { slotFlags, statusCodes } from '../registry/slot-table.ts';
import {
  actionFor,
  nameOf,
  roughly,
  severityOf,
  type Leak,
  type LeakAccuracy,
  type LeakReason,
} from './leak.ts';

/** A verdict about an open resource. */
interface Verdict {
  readonly id: string;
  readonly slot: number;
  reason: LeakReason;
  readonly detectedAt: number;
  limitMs: number;
  /** The place that the limit was learned from, or the group of the resource. */
  readonly place: number;
  isConfirmed: boolean;
}

/** Reasons that are no guess. */
const proved: ReadonlySet<LeakReason> = new Set(['collected', 'ownership']);

/** Open verdicts about resources, and how earlier ones turned out. */
export class Verdicts {
  readonly #registry: Registry;
  readonly #listedMax: number;
  readonly #onJudged: (reason: LeakReason, right: boolean) => void;
  readonly #bySlot = new Map<number, Verdict>();
  readonly #tally: Record<LeakReason, { confirmed: number; wrong: number }> = {
    age: { confirmed: 0, wrong: 0 },
    call_site: { confirmed: 0, wrong: 0 },
    collected: { confirmed: 0, wrong: 0 },
    ownership: { confirmed: 0, wrong: 0 },
    growth: { confirmed: 0, wrong: 0 },
  };
  #last = 0;
  #missed = 0;
  #foundBefore = 0;
  /** Verdicts since the start. */
  passed = 0;
  /** Verdicts that were taken back. */
  retracted = 0;
  /** Reported resources for which the list had no place. */
  unlisted = 0;

  constructor(registry: Registry, listedMax: number, onJudged: (reason: LeakReason, right: boolean) => void) {
    this.#registry = registry;
    this.#listedMax = listedMax;
    this.#onJudged = onJudged;
  }

  /** Open verdicts, whether there was place for them or not. */
  get open(): number {
    return this.#bySlot.size + this.unlisted;
  }

  /** Notes that a resource is a leak. The verdict, when it is a new one and there was place. */
  pass(slot: number, reason: LeakReason, limitMs: number, place: number): Leak | undefined {
    const { table, clock } = this.#registry;
    const known = this.#bySlot.get(slot);
    if (known !== undefined) {
      // A proof replaces a suspicion.
      if (proved.has(reason)) known.reason = reason;
      known.limitMs = limitMs;
      return undefined;
    }
    if (table.hasFlag(slot, slotFlags.reported)) return undefined;
    table.setFlag(slot, slotFlags.reported, true);
    this.#registry.setStatus(slot, statusCodes.leaked);
    this.passed += 1;
    if (this.#bySlot.size >= this.#listedMax) {
      this.unlisted += 1;
      return undefined;
    }
    this.#last += 1;
    const verdict: Verdict = {
      id: `leak_${this.#last}`,
      slot,
      reason,
      detectedAt: clock.now(),
      limitMs,
      place,
      isConfirmed: false,
    };
    this.#bySlot.set(slot, verdict);
    return this.#leakOf(verdict);
  }

  /** The limit that the verdict about a resource rests on, where it is a suspicion; undefined where it is none or proved. */
  suspicionMs(slot: number): number | undefined {
    const verdict = this.#bySlot.get(slot);
    return verdict === undefined || proved.has(verdict.reason) ? undefined : verdict.limitMs;
  }

  /** The resource was used, or its limit was raised: the verdict was wrong. */
  retract(slot: number): void {
    this.#judge(slot, false);
    this.retracted += 1;
    this.#registry.table.setFlag(slot, slotFlags.reported, false);
  }

  /** The resource is about to be gone: closed by us, or after all released by its owner. */
  conclude(slot: number, how: 'released' | 'cleaned'): void {
    this.#judge(slot, how === 'cleaned');
    if (how === 'released') this.retracted += 1;
  }

  /** A leak that had no verdict. */
  miss(): void {
    this.#missed += 1;
  }

  list(): Leak[] {
    return [...this.#bySlot.values()].map((verdict) => this.#leakOf(verdict));
  }

  /** The slot of the resource that the verdict of this id is about. */
  slotOf(leakId: string): number | undefined {
    for (const verdict of this.#bySlot.values()) if (verdict.id === leakId) return verdict.slot;
    return undefined;
  }

  /** Slots of the open verdicts with this reason. */
  slotsBecause(reason: LeakReason): number[] {
    return [...this.#bySlot.values()].filter((verdict) => verdict.reason === reason).map(({ slot }) => slot);
  }

  /** Counts a verdict as right. False when there is none of this id. */
  confirm(leakId: string): boolean {
    const slot = this.slotOf(leakId);
    const verdict = slot === undefined ? undefined : this.#bySlot.get(slot);
    if (verdict === undefined) return false;
    if (!verdict.isConfirmed) this.#count(verdict, true);
    verdict.isConfirmed = true;
    return true;
  }

  accuracy(): LeakAccuracy {
    const all = Object.values(this.#tally);
    const confirmed = all.reduce((sum, one) => sum + one.confirmed, 0);
    const wrong = all.reduce((sum, one) => sum + one.wrong, 0);
    const [decided, known] = [confirmed + wrong, this.#foundBefore + this.#missed];
    return {
      confirmed,
      wrong,
      missed: this.#missed,
      open: this.open,
      precision: decided === 0 ? undefined : confirmed / decided,
      recall: known === 0 ? undefined : this.#foundBefore / known,
      byReason: structuredClone(this.#tally),
    };
  }

  #judge(slot: number, right: boolean): void {
    const verdict = this.#bySlot.get(slot);
    if (verdict === undefined) {
      this.unlisted = Math.max(0, this.unlisted - 1);
      return;
    }
    this.#bySlot.delete(slot);
    if (!verdict.isConfirmed) this.#count(verdict, right);
  }

  #count({ reason, slot }: Verdict, right: boolean): void {
    const { table, sites } = this.#registry;
    this.#tally[reason][right ? 'confirmed' : 'wrong'] += 1;
    if (right) this.#foundBefore += 1;
    if (!proved.has(reason)) sites.judge(table.group[slot] ?? 0, table.site[slot] ?? 0, right);
    this.#onJudged(reason, right);
  }

  #leakOf(verdict: Verdict): Leak {
    const { slot, reason, limitMs } = verdict;
    const info = infoOf(this.#registry, slot);
    const usual = this.#registry.sites.usual(verdict.place);
    const severity = severityOf(info.ageMs / limitMs);
    const evidence: Record<string, number | string> = {
      age_ms: Math.round(info.ageMs),
      idle_ms: Math.round(info.idleMs),
      limit_ms: Math.round(limitMs),
    };
    if (usual) {
      evidence['usual_lifetime_ms'] = usual.lifetimeMs;
      evidence['releases_seen'] = usual.samples;
    }
    const place =
      info.callSite === undefined ? 'where it was opened' : `where it was opened (${info.callSite})`;
    return {
      id: verdict.id,
      reason,
      severity,
      detectedAt: verdict.detectedAt,
      type: info.type,
      resource: info,
      callSite: info.callSite,
      evidence,
      description: `${nameOf(info)} is open for ${roughly(info.ageMs)} and unused for ${roughly(info.idleMs)}; ${because(reason, limitMs, usual?.lifetimeMs)}.`,
      suggestedAction: actionFor(
        severity,
        `release it ${place}; to close it now, clean up type ${info.type} by its owner, workspace or run.`,
      ),
    };
  }
}

function because(reason: LeakReason, limitMs: number, usualMs: number | undefined): string {
  if (reason === 'collected') return 'its handle is lost, so that nobody can release it';
  if (reason === 'ownership') return 'what it belonged to has ended';
  if (reason === 'call_site')
    return `what is opened there is usually released within ${roughly(usualMs ?? limitMs)}`;
  return `a resource of its type is suspected after ${roughly(limitMs)}`;
}
