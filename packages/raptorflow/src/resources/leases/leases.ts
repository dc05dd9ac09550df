import { RaptorFlowError, type Logger, type Timer } from '../../kernel/index.ts';
import type { Endings } from '../leaks/endings.ts';
import type { Closing } from '../registry/closing.ts';
import { leaseIdOf } from '../registry/listing.ts';
import type { Registry } from '../registry/registry.ts';
import type { CleanupReport, RegisterOptions, ResourceHandle } from '../registry/resource.ts';
import { statusCodes } from '../registry/slot-table.ts';
import type { Lease, LeaseEnding, LeaseOptions, LeaseState } from './lease.ts';
import type { TreeKeeper } from './owned-tree.ts';

/** What leases work with. */
export interface LeaseParts {
  readonly registry: Registry;
  readonly closing: Closing;
  readonly endings: Endings;
  readonly trees: TreeKeeper;
  readonly log: Logger;
  readonly leasesMax: number;
}

/** All leases of a registry. */
export class Leases {
  readonly #parts: LeaseParts;
  readonly #open = new Map<number, RunLease>();
  #last = 0;

  constructor(parts: LeaseParts) {
    this.#parts = parts;
  }

  open(options: LeaseOptions): Lease {
    const { registry, leasesMax } = this.#parts;
    if (registry.isSealed)
      throw new RaptorFlowError('unavailable', 'The resources are stopped; no lease can be taken any more.');
    if (this.#open.size >= leasesMax) {
      throw new RaptorFlowError(
        'exhausted',
        `There are ${leasesMax} open leases, which is leasesMax; end those that are over.`,
        { details: { leasesMax } },
      );
    }
    assertDuration(options.deadlineMs);
    this.#last += 1;
    const number = this.#last;
    const lease = new RunLease(number, options, this.#parts, {
      onEnd: () => this.#open.delete(number),
      isRunOpen: (runId) => [...this.#open.values()].some((other) => other.runId === runId),
    });
    this.#open.set(number, lease);
    return lease;
  }

  /** Ends all of them. */
  async stop(): Promise<void> {
    await Promise.all([...this.#open.values()].map((lease) => lease.finish('stopped')));
  }
}

class RunLease implements Lease {
  readonly id: string;
  readonly trees: TreeKeeper;
  readonly #number: number;
  readonly #options: LeaseOptions;
  readonly #parts: LeaseParts;
  readonly #onEnd: () => void;
  readonly #isRunOpen: (runId: string) => boolean;
  #state: LeaseState = 'open';
  #ending: LeaseEnding | undefined;
  #timer: Timer | undefined;
  #report: Promise<CleanupReport> | undefined;

  constructor(
    number: number,
    options: LeaseOptions,
    parts: LeaseParts,
    all: { readonly onEnd: () => void; readonly isRunOpen: (runId: string) => boolean },
  ) {
    this.id = leaseIdOf(number);
    this.trees = parts.trees;
    this.#number = number;
    this.#options = options;
    this.#parts = parts;
    this.#onEnd = all.onEnd;
    this.#isRunOpen = all.isRunOpen;
    if (options.deadlineMs !== undefined) this.#setDeadline(options.deadlineMs);
    options.signal?.addEventListener('abort', this.#onAbort, { once: true });
    options.process?.once('exit', this.#onExit);
    if (options.signal?.aborted === true) this.#onAbort();
    else if (options.process !== undefined && hasExited(options.process)) this.#onExit();
  }

  get runId(): string | undefined {
    return this.#options.runId;
  }

  get state(): LeaseState {
    return this.#state;
  }

  get ending(): LeaseEnding | undefined {
    return this.#ending;
  }

  register(options: RegisterOptions): ResourceHandle {
    if (this.#state !== 'open') {
      throw new RaptorFlowError(
        'unavailable',
        `The lease ${this.id} has ended; nothing can be registered under it.`,
        { retryable: false },
      );
    }
    const { runId, agentId, workspaceId, owner } = this.#options;
    const inherited = {
      ...(runId !== undefined && { runId }),
      ...(agentId !== undefined && { agentId }),
      ...(workspaceId !== undefined && { workspaceId }),
      ...(owner !== undefined && { owner }),
    };
    return this.#parts.registry.register({ ...inherited, ...options }, this.#number);
  }

  extend(deadlineMs: number | undefined = this.#options.deadlineMs): void {
    if (this.#state !== 'open')
      throw new RaptorFlowError('unavailable', `The lease ${this.id} has ended.`, { retryable: false });
    if (deadlineMs === undefined)
      throw new RaptorFlowError(
        'invalid_input',
        `The lease ${this.id} has no deadline; say which it is to have.`,
      );
    assertDuration(deadlineMs);
    this.#setDeadline(deadlineMs);
  }

  end(): Promise<CleanupReport> {
    return this.finish('ended');
  }

  async [Symbol.asyncDispose](): Promise<void> {
    await this.finish('ended');
  }

  finish(ending: LeaseEnding): Promise<CleanupReport> {
    this.#report ??= this.#finish(ending);
    return this.#report;
  }

  async #finish(ending: LeaseEnding): Promise<CleanupReport> {
    const { registry, closing, endings } = this.#parts;
    const { runId, signal, process: child } = this.#options;
    this.#state = 'ending';
    this.#ending = ending;
    this.#timer?.cancel();
    signal?.removeEventListener('abort', this.#onAbort);
    child?.removeListener('exit', this.#onExit);
    try {
      return await closing.closeAll(slotsUnder(registry, this.#number), 0);
    } finally {
      this.#state = 'ended';
      this.#onEnd();
      // What else belongs to the run, outside of every lease, is now forgotten.
      if (runId !== undefined && !this.#isRunOpen(runId)) endings.mark(registry, { runId });
    }
  }

  #setDeadline(deadlineMs: number): void {
    this.#timer?.cancel();
    this.#timer = this.#parts.registry.clock
      .setTimeout(() => this.#finishAlone('deadline'), deadlineMs)
      .unref();
  }

  // The ending that nobody waits for is told in the log.
  #finishAlone(ending: LeaseEnding): void {
    void this.finish(ending).then(({ cleaned, failed }) => {
      this.#parts.log.info('A lease has ended by itself.', { lease: this.id, ending, cleaned, failed });
    });
  }

  readonly #onAbort = (): void => this.#finishAlone('aborted');

  readonly #onExit = (): void => this.#finishAlone('process');
}

function slotsUnder(registry: Registry, lease: number): number[] {
  const { table } = registry;
  const found: number[] = [];
  for (let slot = 0; slot < table.used; slot += 1) {
    if (table.lease[slot] === lease && table.status[slot] !== statusCodes.free) found.push(slot);
  }
  // What was opened last is closed first, since it may stand on what was opened before.
  return found.sort((a, b) => (table.created[b] ?? 0) - (table.created[a] ?? 0) || b - a);
}

function hasExited({
  exitCode,
  signalCode,
}: {
  exitCode: number | null;
  signalCode: NodeJS.Signals | null;
}): boolean {
  return exitCode !== null || signalCode !== null;
}

function assertDuration(deadlineMs: number | undefined): void {
  if (deadlineMs === undefined || (deadlineMs > 0 && deadlineMs < Number.POSITIVE_INFINITY)) return;
  throw new RaptorFlowError(
    'invalid_input',
    `deadlineMs is a number of milliseconds above 0, not ${deadlineMs}.`,
  );
}
