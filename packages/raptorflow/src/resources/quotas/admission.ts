import {
  isRaptorFlowError,
  RaptorFlowError,
  toRaptorFlowError,
  type Clock,
  type Ids,
  type Logger,
} from '../../kernel/index.ts';
import type { Approvals } from './approvals.ts';
import { usageMax } from './counter.ts';
import { Grant, type GrantKeeper } from './grant.ts';
import type { Journal } from './journal.ts';
import { Lines, type WaitOutcome } from './lines.ts';
import type { QuotaSubject } from './definition.ts';
import type { ResolvedQuotasOptions } from './options.ts';
import type { Plan, ReadyQuota } from './plan.ts';
import type { AcquireOptions, QuotaApproval, QuotaGrant, QuotaNotice } from './quotas.ts';
import type { QuotaViolation } from './record.ts';
import { neverFits, refusal, shownLimit, warningShare } from './refusal.ts';
import type { QuotaStore, Taken } from './store.ts';

/** What admission needs. */
export interface AdmissionHost {
  readonly store: QuotaStore;
  readonly clock: Clock;
  readonly ids: Ids;
  readonly log: Logger;
  readonly journal: Journal;
  readonly approvals: Approvals;
  readonly options: ResolvedQuotasOptions;
  /** The plan of a subject as quotas are now. */
  planOf(subject: QuotaSubject): Plan;
  readonly alert: ((approval: QuotaApproval) => void | Promise<void>) | undefined;
  tell(notice: QuotaNotice): void;
}

/** A request on its way through the actions of the quotas that it did not fit under. */
interface Request {
  readonly plan: Plan;
  readonly amount: number;
  readonly options: AcquireOptions;
  /** On the monotonic clock. */
  readonly giveUpAt: number;
  readonly maxima: number[];
  /** Quotas that have acted on it, which they do once. */
  readonly acted: Set<string>;
  /** What was noted of it, by quota. */
  readonly noted: Map<string, QuotaViolation>;
}

type Noted = ReadonlyMap<string, QuotaViolation>;

const granted = (taken: Taken): boolean => taken.refusedBy < 0;

/** Decides requests: asks the store, and takes the actions of quotas that refuse. */
export class Admission implements GrantKeeper {
  readonly lines: Lines;
  readonly #host: AdmissionHost;
  readonly #store: QuotaStore;
  /** Errors that are the end of a request and not the store's fault. */
  readonly #ends = new WeakSet<RaptorFlowError>();
  #storeFailures = 0;

  constructor(host: AdmissionHost) {
    this.#host = host;
    this.#store = host.store;
    this.lines = new Lines({
      clock: host.clock,
      waitersMax: host.options.limits.waitersMax,
      pollMs: host.store.isShared ? host.options.times.pollMs : null,
      attempt: (plan, amount, maxima) => {
        const taken = this.#store.take({ counters: plan.counters, amount, maxima });
        return taken instanceof Promise ? taken.then((answer) => this.#heard(answer)) : this.#heard(taken);
      },
      giveBack: (plan, amount, taken) => void this.release(plan, amount, taken.lease),
    });
  }

  get storeFailures(): number {
    return this.#storeFailures;
  }

  /** See `Quotas.acquire`. */
  acquire(plan: Plan, amount: number, options: AcquireOptions | undefined): Promise<QuotaGrant> {
    if (options?.signal?.aborted) return Promise.reject(cancelledBefore(options.signal));
    const place = this.lines.placeIn(plan);
    const before = plan.quotas[place];
    if (before && !neverFits(before, amount)) return this.#admit(plan, amount, options, place);
    let taken: Taken | Promise<Taken>;
    try {
      taken = this.#store.take({ counters: plan.counters, amount, maxima: plan.maxima });
      if (!(taken instanceof Promise)) this.#heard(taken);
    } catch (error) {
      return this.#withoutStore(plan, amount, error);
    }
    // A store that answers at once is answered at once: turns of promises would cost more than the count.
    if (!(taken instanceof Promise)) {
      if (!granted(taken)) return this.#admit(plan, amount, options, -1, taken);
      return Promise.resolve(this.#grant(plan, amount, taken));
    }
    return taken.then(
      (answer) => {
        this.#heard(answer);
        return granted(answer)
          ? this.#grant(plan, amount, answer)
          : this.#admit(plan, amount, options, -1, answer);
      },
      (error: unknown) => this.#withoutStore(plan, amount, error),
    );
  }

  async release(plan: Plan, amount: number, lease: unknown): Promise<void> {
    try {
      const giving = this.#store.give(plan.counters, amount, lease);
      if (giving) await giving;
    } catch (error) {
      this.#failed('not_released', plan, error);
    }
    for (const { key, isHeld } of plan.counters) if (isHeld) this.lines.wake(key);
  }

  /** Counts what was granted and tells who has to know. Quotas that have acted on the request already do not act again. */
  #grant(plan: Plan, amount: number, taken: Taken, noted?: Noted): QuotaGrant {
    const { quotas } = plan;
    for (let place = 0; place < quotas.length; place += 1) {
      const ready = quotas[place] as ReadyQuota;
      ready.tally.check();
      const usage = taken.usage[place] as number;
      const limit = shownLimit(ready, taken.limits[place] as number);
      if (usage >= limit * warningShare) this.#near(plan, amount, place, { usage, limit }, noted);
    }
    return new Grant(this, plan, amount, taken.lease, true);
  }

  #near(
    plan: Plan,
    amount: number,
    place: number,
    { usage, limit }: { readonly usage: number; readonly limit: number },
    noted: Noted | undefined,
  ): void {
    const { quota, tally } = plan.quotas[place] as ReadyQuota;
    if (usage - amount < limit * warningShare) {
      tally.add('warnings');
      this.#host.tell({ kind: 'warning', quotaId: quota.id, subject: plan.subject, usage, limit });
    }
    if (usage > limit && !noted?.has(quota.id)) {
      this.#host.journal.violation({ plan, amount }, place, { usage, limit }, 'allowed');
    }
  }

  /** A request that was granted within a limit after all has not violated it for long. */
  #settleNoted({ plan, noted }: Request, taken: Taken): void {
    for (const [place, ready] of plan.quotas.entries()) {
      const violation = noted.get(ready.quota.id);
      const within = (taken.usage[place] ?? 0) <= shownLimit(ready, taken.limits[place] ?? 0);
      if (violation && !violation.resolved && within) this.#host.journal.settle(violation, null);
    }
  }

  /** Every answer of the store comes by here: a limit that has risen is told, whatever became of the request. */
  #heard(taken: Taken): Taken {
    for (const raise of taken.raises) this.#host.journal.raise(raise);
    return taken;
  }

  async #admit(
    plan: Plan,
    amount: number,
    options: AcquireOptions = {},
    linePlace: number,
    first?: Taken,
  ): Promise<QuotaGrant> {
    const giveUpAt = this.#host.clock.monotonic() + (options.waitMsMax ?? Number.POSITIVE_INFINITY);
    const noted = new Map<string, QuotaViolation>();
    const begin = (present: Plan): Request => {
      return {
        plan: present,
        amount,
        options,
        giveUpAt,
        maxima: [...present.maxima],
        acted: new Set(),
        noted,
      };
    };
    let request = begin(plan);
    try {
      // A request that was refused at once joins its line at once, so that none comes before it.
      let taken: Taken | null | undefined = first;
      taken ??= await this.#standInLine(request, linePlace);
      while (!taken || !granted(taken)) {
        if (taken) {
          taken = await this.#act(request, taken);
          continue;
        }
        // Quotas have changed while it waited.
        request = begin(this.#host.planOf(plan.subject));
        taken = await this.#ask(request);
      }
      const grant = this.#grant(request.plan, amount, taken, noted);
      this.#settleNoted(request, taken);
      return grant;
    } catch (error) {
      if (error instanceof RaptorFlowError && this.#ends.has(error)) throw error;
      return this.#withoutStore(request.plan, amount, error);
    }
  }

  async #ask({ plan, amount, maxima }: Request): Promise<Taken> {
    return this.#heard(await this.#store.take({ counters: plan.counters, amount, maxima }));
  }

  /** Others wait already for a counter of this request, so it does not ask before them. */
  async #standInLine(request: Request, place: number): Promise<Taken | null> {
    const { plan } = request;
    const waiting = this.#wait(request, place);
    // Its place in the line must not depend on how long the store takes to say how full it is.
    waiting.catch(() => undefined);
    const readings = await this.#store.read(plan.counters);
    const before: Taken = {
      refusedBy: place,
      usage: readings.map(({ used }) => used),
      limits: readings.map(({ limit }) => limit),
      raises: [],
      lease: undefined,
    };
    this.#note(request, before, plan.quotas[place]?.quota.action === 'throttle' ? 'throttled' : 'queued');
    return this.#afterWait(request, before, await waiting);
  }

  /** Takes the action of the quota that refused; answers the next attempt, null when quotas have changed. Throws the end of the request when there is none. */
  async #act(request: Request, taken: Taken): Promise<Taken | null> {
    const { plan, amount, acted } = request;
    const place = taken.refusedBy;
    const ready = plan.quotas[place] as ReadyQuota;
    const { id, action } = ready.quota;
    if (acted.has(id)) throw this.#refused(request, taken);
    acted.add(id);
    if (action === 'escalate') return this.#escalate(request, taken);
    if ((action === 'throttle' || action === 'queue') && !neverFits(ready, amount)) {
      this.#note(request, taken, action === 'throttle' ? 'throttled' : 'queued');
      return this.#afterWait(request, taken, await this.#wait(request, place));
    }
    this.#note(request, taken, 'blocked');
    throw this.#refused(request, taken);
  }

  async #wait(request: Request, place: number): Promise<WaitOutcome> {
    const { plan, amount, options, maxima, acted } = request;
    const ready = plan.quotas[place] as ReadyQuota;
    acted.add(ready.quota.id);
    const { throttleMsMax, queueMsMax } = this.#host.options.times;
    const waitMs = this.#leftOf(request, ready.quota.action === 'throttle' ? throttleMsMax : queueMsMax);
    ready.tally.add('throttles');
    const key = plan.counters[place]?.key ?? '';
    return this.#ended(() => this.lines.join(key, { plan, amount, maxima, signal: options.signal, waitMs }));
  }

  async #afterWait(request: Request, taken: Taken, outcome: WaitOutcome): Promise<Taken | null> {
    if (outcome.kind === 'answered') return outcome.taken;
    if (outcome.kind === 'changed') return null;
    const { plan, maxima } = request;
    const place = taken.refusedBy;
    const ready = plan.quotas[place] as ReadyQuota;
    // Waiting brought no room: a soft quota lets the request pass now, as far as its burst limit allows.
    if (ready.quota.kind === 'soft') {
      maxima[place] = ready.ceiling;
      const last = await this.#ask(request);
      if (granted(last) || last.refusedBy !== place) return last;
    }
    throw this.#refused(request, taken, ' and waiting brought no room');
  }

  async #escalate(request: Request, taken: Taken): Promise<Taken> {
    const { plan, amount, options, maxima, noted } = request;
    const place = taken.refusedBy;
    const ready = plan.quotas[place] as ReadyQuota;
    const { clock, ids, log, approvals, alert, journal } = this.#host;
    const violation = this.#note(request, taken, 'escalated');
    const askedAt = clock.now();
    const approval: QuotaApproval = {
      id: ids.next('qap'),
      quotaId: ready.quota.id,
      subject: plan.subject,
      amount,
      usage: taken.usage[place] ?? 0,
      limit: shownLimit(ready, taken.limits[place] ?? ready.quota.limit),
      askedAt,
      expiresAt: askedAt + this.#leftOf(request, this.#host.options.times.approvalMsMax),
    };
    const decided = this.#ended(() => approvals.ask(approval, options.signal));
    try {
      await alert?.(approval);
    } catch (error) {
      log.error('Nobody could be told that a request waits for approval.', { approval: approval.id, error });
    }
    const decision = await decided;
    if (decision.kind !== 'approved') {
      const why = decision.kind === 'denied' ? `; ${decision.by} denied it` : '; nobody approved it in time';
      throw this.#refused(request, taken, why);
    }
    if (violation) noted.set(ready.quota.id, journal.settle(violation, decision.by));
    maxima[place] = usageMax;
    return this.#ask(request);
  }

  /** What ends a wait is the end of the request, unless the store failed under it. */
  async #ended<Result>(wait: () => Promise<Result>): Promise<Result> {
    let waiting: Promise<Result>;
    try {
      waiting = wait();
    } catch (error) {
      throw this.#end(toRaptorFlowError(error));
    }
    try {
      return await waiting;
    } catch (error) {
      throw isRaptorFlowError(error, 'cancelled') ? this.#end(error) : toRaptorFlowError(error);
    }
  }

  #end(error: RaptorFlowError): RaptorFlowError {
    this.#ends.add(error);
    return error;
  }

  #leftOf({ giveUpAt }: Request, most: number): number {
    return Math.max(0, Math.min(most, giveUpAt - this.#host.clock.monotonic()));
  }

  /** Notes that the request does not fit; one that only stands behind others is no violation. */
  #note(request: Request, taken: Taken, actionTaken: QuotaViolation['actionTaken']): QuotaViolation | null {
    const place = taken.refusedBy;
    const ready = request.plan.quotas[place] as ReadyQuota;
    const limit = shownLimit(ready, taken.limits[place] ?? ready.quota.limit);
    const usage = (taken.usage[place] ?? 0) + request.amount;
    const before = request.noted.get(ready.quota.id);
    if (usage <= limit || before) return before ?? null;
    const violation = this.#host.journal.violation(request, place, { usage, limit }, actionTaken);
    request.noted.set(ready.quota.id, violation);
    return violation;
  }

  #refused({ plan, amount }: Request, taken: Taken, because?: string): RaptorFlowError {
    for (const { tally } of plan.quotas) tally.check();
    plan.quotas[taken.refusedBy]?.tally.add('blocks');
    return this.#end(refusal(plan, amount, taken, this.#host.clock, because));
  }

  /** The store has failed: a request under soft quotas only is allowed, any other refused. */
  #withoutStore(plan: Plan, amount: number, error: unknown): Promise<QuotaGrant> {
    this.#failed(plan.isStrict ? 'refused' : 'allowed', plan, error);
    if (!plan.isStrict) return Promise.resolve(new Grant(this, plan, amount, undefined, false));
    const cause = toRaptorFlowError(error);
    return Promise.reject(
      new RaptorFlowError(
        'unavailable',
        `The request is refused because its quotas could not be counted (${cause.message}) and ${plan.quotaIds.join(', ')} are not all soft.`,
        { cause, details: { quota_ids: plan.quotaIds } },
      ),
    );
  }

  #failed(outcome: 'refused' | 'allowed' | 'not_released', plan: Plan, error: unknown): void {
    this.#storeFailures += 1;
    this.#host.tell({
      kind: 'store_failed',
      outcome,
      quotaIds: plan.quotaIds,
      error: toRaptorFlowError(error),
    });
  }
}

function cancelledBefore(signal: AbortSignal): RaptorFlowError {
  return new RaptorFlowError(
    'cancelled',
    'The request was cancelled before it was made; nothing was taken.',
    {
      cause: signal.reason,
    },
  );
}
