import { z } from 'zod';
import { BoundedQueue, parseOptions, RaptorFlowError } from '../../kernel/index.ts';
import type { Bus, BusEvent, HandlerContext } from '../../bus/index.ts';
import type { Reading, Source } from '../source.ts';

/** Which events are ingested. */
export interface BusSourceOptions {
  /** A channel or a pattern. */
  readonly channel: string;
  /** The durable group that reads; the bus keeps its place. */
  readonly group: string;
  readonly types?: readonly string[];
  /** Events in hand at once; at least the pipeline's batchSize × (2 × concurrency + 1), so that its batches fill. Default 1,000. */
  readonly inHandMax?: number;
  /** How long an event may take from being read until it has ended, milliseconds. Default 600,000. */
  readonly endMs?: number;
}

const optionsSchema = z.strictObject({
  channel: z.string().min(1),
  group: z.string().min(1),
  types: z.array(z.string()).min(1).optional(),
  inHandMax: z.int().positive().max(10_000).default(1_000),
  endMs: z.int().positive().default(600_000),
});

interface Held {
  readonly reading: Reading<BusEvent>;
  readonly done: PromiseWithResolvers<void>;
}

/**
 * Events of a channel, from everything that is still stored on. It never ends by itself; cancel the run. The group acknowledges an event once it has
 * ended and the checkpoint says so, so that one in work is read again after a crash, under the same key: its id. Counts of a run
 * then count what was read again, too. Throws `invalid_options`.
 */
export function busSource(bus: Bus, options: BusSourceOptions): Source<BusEvent> {
  const { channel, group, types, inHandMax, endMs } = parseOptions('busSource', optionsSchema, options);
  return {
    name: channel,
    resumesItself: true,
    async *read(signal) {
      const queue = new BoundedQueue<Held>(inHandMax);
      const held = new Set<Held>();
      let wake = (): void => undefined;
      const handler = (event: BusEvent, context: HandlerContext): Promise<void> => {
        const done = Promise.withResolvers<void>();
        const reading = { kind: 'item', item: event, key: event.id, settled: done.resolve } as const;
        const entry: Held = { reading, done };
        // Cannot be full: the group has no more handlers than the queue has places.
        queue.push(entry);
        held.add(entry);
        context.signal.addEventListener('abort', () => done.reject(givenBack()), { once: true });
        wake();
        return done.promise.finally(() => held.delete(entry));
      };
      const subscription = await bus.subscribe(channel, handler, {
        group,
        from: 'earliest',
        concurrency: inHandMax,
        prefetch: inHandMax,
        timeoutMs: endMs,
        retry: { retries: 1_000, baseMs: 100, capMs: 5_000 },
        ...(types && { types }),
      });
      const onAbort = (): void => wake();
      signal.addEventListener('abort', onAbort, { once: true });
      try {
        while (!signal.aborted) {
          const next = queue.shift();
          if (next) yield next.reading;
          else {
            await new Promise<void>((resolve) => {
              wake = resolve;
              if (signal.aborted) resolve();
            });
          }
        }
      } finally {
        signal.removeEventListener('abort', onAbort);
        for (const { done } of held) done.reject(givenBack());
        await subscription.stop();
      }
    },
  };
}

function givenBack(): RaptorFlowError {
  return new RaptorFlowError('cancelled', 'The run ended before the event had; its group reads it again.');
}
