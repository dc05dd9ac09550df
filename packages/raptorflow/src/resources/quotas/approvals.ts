import { RaptorFlowError, type Clock, type Timer } from '../../kernel/index.ts';
import type { QuotaApproval, QuotaApprovals } from './quotas.ts';

/** What people said, or that they said nothing in time. */
export type Decision =
  | { readonly kind: 'approved' | 'denied'; readonly by: string }
  | { readonly kind: 'expired' };

interface Pending {
  readonly approval: QuotaApproval;
  settle(decision: Decision | RaptorFlowError): void;
}

/** The requests that wait for people. */
export class Approvals implements QuotaApprovals {
  readonly #clock: Clock;
  readonly #approvalsMax: number;
  readonly #pending = new Map<string, Pending>();

  constructor(clock: Clock, approvalsMax: number) {
    this.#clock = clock;
    this.#approvalsMax = approvalsMax;
  }

  get size(): number {
    return this.#pending.size;
  }

  list(): readonly QuotaApproval[] {
    return [...this.#pending.values()].map(({ approval }) => approval);
  }

  approve(id: string, by: string): void {
    this.#find(id).settle({ kind: 'approved', by });
  }

  deny(id: string, by: string): void {
    this.#find(id).settle({ kind: 'denied', by });
  }

  /** Waits until somebody decides. Rejects with `cancelled`, and with `exhausted` beyond `approvalsMax`. */
  ask(approval: QuotaApproval, signal: AbortSignal | undefined): Promise<Decision> {
    if (this.#pending.size >= this.#approvalsMax) {
      throw new RaptorFlowError(
        'exhausted',
        `${this.#approvalsMax} requests wait for approval already; decide some of them, or raise approvalsMax.`,
        { details: { approvalsMax: this.#approvalsMax } },
      );
    }
    return new Promise((resolve, reject) => {
      let timer: Timer | undefined = undefined;
      const settle = (decision: Decision | RaptorFlowError): void => {
        timer?.cancel();
        signal?.removeEventListener('abort', onAbort);
        this.#pending.delete(approval.id);
        if (decision instanceof RaptorFlowError) reject(decision);
        else resolve(decision);
      };
      const onAbort = (): void =>
        settle(
          new RaptorFlowError('cancelled', 'The wait for approval was cancelled; nothing was taken.', {
            cause: signal?.reason,
          }),
        );
      this.#pending.set(approval.id, { approval, settle });
      timer = this.#clock.setTimeout(
        () => settle({ kind: 'expired' }),
        approval.expiresAt - approval.askedAt,
      );
      signal?.addEventListener('abort', onAbort, { once: true });
      if (signal?.aborted) onAbort();
    });
  }

  /** Nobody will decide any more. */
  stop(error: RaptorFlowError): void {
    for (const pending of this.#pending.values()) pending.settle(error);
  }

  #find(id: string): Pending {
    const pending = this.#pending.get(id);
    if (pending) return pending;
    throw new RaptorFlowError(
      'not_found',
      `No request waits for approval under ${id}; it was decided, given up, or waits in another process.`,
      { details: { id } },
    );
  }
}
