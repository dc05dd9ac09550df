import { RaptorFlowError, toRaptorFlowError, type Clock, type Ids } from '../../kernel/index.ts';
import type { Counter, Raise } from './counter.ts';
import type { Plan } from './plan.ts';
import type { QuotaNotice } from './quotas.ts';
import type { QuotaAdjustment, QuotaRecord, QuotaViolation, ViolationQuery } from './record.ts';
import type { QuotaStore } from './store.ts';

/** What the journal needs. */
export interface JournalHost {
  readonly store: QuotaStore;
  readonly clock: Clock;
  readonly ids: Ids;
  readonly recordsMax: number;
  tell(notice: QuotaNotice): void;
  /** The counter that a violation was about, as it is now; null when it is no more. */
  counterOf(violation: QuotaViolation): Counter | null;
}

const listDefault = 100;
const listMax = 1_000;

/** Records violations and raises: at once for whoever listens, soon in the store, in the order in which they happened. */
export class Journal {
  readonly #host: JournalHost;
  /** Of this process and not resolved. */
  readonly #open = new Map<string, QuotaViolation>();
  /** Not written yet; the newest of each id. */
  #unwritten = new Map<string, QuotaRecord>();
  #writing: Promise<void> | null = null;

  constructor(host: JournalHost) {
    this.#host = host;
  }

  /** Goes on with what processes before this one left open. */
  async restore(): Promise<void> {
    for (const { kind, body } of await this.#host.store.records()) {
      if (kind === 'violation' && !body.resolved) this.#open.set(body.id, body);
    }
  }

  /** Notes that a request did not fit: `usage` and `limit` are those that count for the quota at this place of the plan. */
  violation(
    { plan, amount }: { readonly plan: Plan; readonly amount: number },
    place: number,
    { usage, limit }: { readonly usage: number; readonly limit: number },
    actionTaken: QuotaViolation['actionTaken'],
  ): QuotaViolation {
    const ready = plan.quotas[place];
    const counter = plan.counters[place];
    if (!ready || !counter) throw new RaptorFlowError('internal', 'A plan has no such place.');
    const { workspaceId = null, userId = null, agentId = null, runId = null, resource } = plan.subject;
    const violation: QuotaViolation = {
      id: this.#host.ids.next('qvi'),
      quotaId: ready.quota.id,
      resource,
      at: this.#host.clock.now(),
      amount,
      usage,
      limit,
      exceededBy: usage - limit,
      action: ready.quota.action,
      actionTaken,
      workspaceId,
      userId,
      agentId,
      runId,
      resolved: false,
      resolvedAt: null,
      resolvedBy: null,
      counterKey: counter.key,
    };
    ready.tally.add('violations');
    this.#keepOpen(violation);
    this.#write({ kind: 'violation', body: violation });
    this.#host.tell({ kind: 'violation', violation });
    return violation;
  }

  raise({ counter, from, to, past }: Raise): void {
    const { ids, clock } = this.#host;
    const adjustment: QuotaAdjustment = {
      id: ids.next('qad'),
      quotaId: counter.quotaId,
      at: clock.now(),
      counterKey: counter.key,
      from,
      to,
      past,
    };
    this.#write({ kind: 'adjustment', body: adjustment });
    this.#host.tell({ kind: 'raised', adjustment });
  }

  /** A violation is over; `by` names the person who made it so, if any. */
  settle(violation: QuotaViolation, by: string | null): QuotaViolation {
    const body = { ...violation, resolved: true, resolvedAt: this.#host.clock.now(), resolvedBy: by };
    this.#open.delete(violation.id);
    this.#write({ kind: 'violation', body });
    return body;
  }

  async list(query: ViolationQuery = {}): Promise<readonly QuotaViolation[]> {
    const { limit = listDefault } = query;
    if (!Number.isInteger(limit) || limit < 1 || limit > listMax) {
      throw new RaptorFlowError(
        'invalid_input',
        `The limit of a list must be a whole number, 1 to ${listMax}.`,
      );
    }
    const all = await this.#all();
    return all
      .flatMap(({ kind, body }) => (kind === 'violation' && fits(body, query) ? [body] : []))
      .slice(0, limit);
  }

  async resolve(id: string, by: string): Promise<QuotaViolation> {
    const all = await this.#all();
    const found = all.find(({ kind, body }) => kind === 'violation' && body.id === id);
    if (found?.kind !== 'violation') {
      throw new RaptorFlowError('not_found', `There is no violation ${id} on record.`, { details: { id } });
    }
    if (found.body.resolved) return found.body;
    const resolved = this.settle(found.body, by);
    await this.flush();
    return resolved;
  }

  async adjustments(quotaId: string | undefined): Promise<readonly QuotaAdjustment[]> {
    const all = await this.#all();
    return all.flatMap(({ kind, body }) =>
      kind === 'adjustment' && (quotaId === undefined || body.quotaId === quotaId) ? [body] : [],
    );
  }

  /** Settles violations for which there is room now. */
  async sweep(): Promise<void> {
    const open = [...this.#open.values()];
    const counters = new Map<string, Counter>();
    for (const violation of open) {
      if (counters.has(violation.counterKey)) continue;
      const counter = this.#host.counterOf(violation);
      if (counter?.key === violation.counterKey) counters.set(counter.key, counter);
    }
    const keys = [...counters.keys()];
    const readings = await this.#host.store.read([...counters.values()]);
    const used = new Map(keys.map((key, place) => [key, readings[place]?.used ?? 0]));
    for (const violation of open) {
      if (isOver(violation, used.get(violation.counterKey) ?? 0)) this.settle(violation, null);
    }
    await this.flush();
  }

  /** Resolves when everything noted so far is in the store, or the store has failed, which is told. */
  async flush(): Promise<void> {
    while (this.#writing ?? this.#unwritten.size > 0) {
      this.#writing ??= this.#writeAll();
      await this.#writing;
    }
  }

  #keepOpen(violation: QuotaViolation): void {
    this.#open.set(violation.id, violation);
    if (this.#open.size <= this.#host.recordsMax) return;
    const [oldest] = this.#open.keys();
    if (oldest !== undefined) this.#open.delete(oldest);
  }

  #write(record: QuotaRecord): void {
    // A record that is written anew takes the place of its earlier self.
    this.#unwritten.set(record.body.id, record);
    if (this.#unwritten.size > this.#host.recordsMax) {
      const [oldest] = this.#unwritten.keys();
      if (oldest !== undefined) this.#unwritten.delete(oldest);
    }
    this.#writing ??= this.#writeAll();
  }

  async #writeAll(): Promise<void> {
    // What the present turn of the event loop notes travels together.
    await Promise.resolve();
    const records = [...this.#unwritten.values()];
    this.#unwritten = new Map();
    try {
      await this.#host.store.note(records);
    } catch (error) {
      this.#host.tell({
        kind: 'store_failed',
        outcome: 'not_recorded',
        quotaIds: [...new Set(records.map(({ body }) => body.quotaId))],
        error: toRaptorFlowError(error),
      });
    }
    this.#writing = null;
    if (this.#unwritten.size > 0) this.#writing = this.#writeAll();
  }

  async #all(): Promise<readonly QuotaRecord[]> {
    await this.flush();
    return (await this.#host.store.records()).toReversed();
  }
}

function isOver({ actionTaken, amount, limit }: QuotaViolation, used: number): boolean {
  // What was granted over the limit is over once usage is under it; what was refused, once it would be granted.
  return actionTaken === 'allowed' ? used <= limit : used + Math.min(amount, limit) <= limit;
}

function fits(violation: QuotaViolation, query: ViolationQuery): boolean {
  return (
    (query.quotaId === undefined || violation.quotaId === query.quotaId) &&
    (query.workspaceId === undefined || violation.workspaceId === query.workspaceId) &&
    (query.userId === undefined || violation.userId === query.userId) &&
    (query.resolved === undefined || violation.resolved === query.resolved) &&
    (query.since === undefined || violation.at >= query.since)
  );
}
