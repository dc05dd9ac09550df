import { RaptorFlowError, type Clock, type Ids } from '../kernel/index.ts';
import type { BusEvent, EventDraft } from './event.ts';
import type { Handler } from './handler.ts';
import type { InnerFields } from './publisher.ts';

const timeoutMsDefault = 30_000;

/** What requests need from the bus. */
export interface RequestParts {
  readonly clock: Clock;
  readonly ids: Ids;
  readonly publish: (channel: string, draft: EventDraft, inner?: InnerFields) => Promise<string>;
  /** Subscribes live to this process's reply channel. */
  readonly listen: (channel: string, handler: Handler) => Promise<unknown>;
}

interface Waiting {
  readonly resolve: (event: BusEvent) => void;
  readonly reject: (error: unknown) => void;
}

/** Requests and their replies, over one reply channel of this process. */
export class RequestReply {
  readonly #parts: RequestParts;
  readonly #waiting = new Map<string, Waiting>();
  readonly #channel: string;
  #listening: Promise<unknown> | undefined;

  constructor(parts: RequestParts) {
    this.#parts = parts;
    this.#channel = `sys.reply.${parts.ids.next('p')}`;
  }

  /** Publishes and waits for the first reply. */
  async request(
    channel: string,
    draft: EventDraft,
    options: { readonly timeoutMs?: number; readonly signal?: AbortSignal } = {},
  ): Promise<BusEvent> {
    const { clock, ids, publish } = this.#parts;
    const { timeoutMs = timeoutMsDefault, signal } = options;
    // Listening begins with the first request, so that a process that asks nothing has no subscription for it.
    this.#listening ??= this.#parts.listen(this.#channel, (event) => this.#receive(event));
    await this.#listening;
    const id = draft.id ?? ids.next('evt');
    const reply = new Promise<BusEvent>((resolve, reject) => {
      this.#waiting.set(id, { resolve, reject });
    });
    // It may be rejected (by a stop) while the publish is still awaited.
    reply.catch(() => undefined);
    const timer = clock.setTimeout(
      () => this.#fail(id, timeoutError(channel, draft.type, timeoutMs)),
      timeoutMs,
    );
    const onAbort = (): void =>
      this.#fail(
        id,
        new RaptorFlowError('cancelled', 'The request was cancelled.', { cause: signal?.reason }),
      );
    signal?.addEventListener('abort', onAbort, { once: true });
    if (signal?.aborted) onAbort();
    try {
      await publish(channel, { ...draft, id }, { replyTo: this.#channel });
      return await reply;
    } finally {
      timer.cancel();
      signal?.removeEventListener('abort', onAbort);
      this.#waiting.delete(id);
    }
  }

  /** Answers a request. */
  reply(request: BusEvent, payload: unknown): Promise<string> {
    if (request.replyTo === null) {
      throw new RaptorFlowError(
        'conflict',
        `${request.id} does not ask for a reply; only events published with bus.request do.`,
        { details: { eventId: request.id } },
      );
    }
    const draft = { type: 'reply', payload, causedBy: request, priority: request.priority };
    return this.#parts.publish(request.replyTo, draft);
  }

  /** Rejects everything that waits. */
  stop(): void {
    const error = new RaptorFlowError('unavailable', 'The bus stopped before the reply came.');
    for (const { reject } of this.#waiting.values()) reject(error);
    this.#waiting.clear();
  }

  #receive(event: BusEvent): void {
    if (event.causationId !== null) this.#waiting.get(event.causationId)?.resolve(event);
  }

  #fail(id: string, error: RaptorFlowError): void {
    this.#waiting.get(id)?.reject(error);
  }
}

function timeoutError(channel: string, type: string, timeoutMs: number): RaptorFlowError {
  return new RaptorFlowError(
    'timeout',
    `Nobody replied to "${type}" on "${channel}" within ${timeoutMs} ms; check that a handler of that channel calls context.reply.`,
    { details: { channel, type, timeoutMs } },
  );
}
