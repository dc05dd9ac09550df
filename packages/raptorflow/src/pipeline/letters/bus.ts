import { createHash } from 'node:crypto';
import { z } from 'zod';
import {
  createIds,
  isRaptorFlowError,
  parseOptions,
  RaptorFlowError,
  systemClock,
  type Ids,
} from '../../kernel/index.ts';
import {
  permanentError,
  type Bus,
  type BusEvent,
  type DeadLetter,
  type HandlerContext,
} from '../../bus/index.ts';
import { failedChannel } from '../channels.ts';
import type {
  FailedItem,
  PipelineDeadLetters,
  PipelineLetter,
  PipelineLetterPage,
  Redeliver,
} from '../dead-letter.ts';
import { Buried } from './buried.ts';
import { failedItemFromWire, failedItemToWire } from './letter-wire.ts';
import { Turns } from './turns.ts';

/** Handlers that run together: so many events are asked about at once, and those that are tried again wait for their turn. */
const handlersMin = 64;
/** Items of one story; a trace shows all of it. */
const storyMax = 500;
/** Events of this process that are remembered until their group has failed on them; the bus is asked about older ones. */
const freshMax = 10_000;

/** How failed items are kept on a bus. */
export interface BusDeadLettersOptions {
  /** The workspace that an item's letter belongs to; null for none, which is the default. */
  readonly workspaceOf?: (failed: FailedItem) => string | null;
  /** An item whose letter would be larger is kept cut, and is not redriven. Default 128 KiB; the bus's own limit has to be larger. */
  readonly letterBytesMax?: number;
  /** Redriven items that are worked at together. Default 4. */
  readonly concurrency?: number;
}

const optionsSchema = z.strictObject({
  workspaceOf: z
    .custom<(failed: FailedItem) => string | null>((given) => typeof given === 'function', 'is no function')
    .default(() => () => null),
  letterBytesMax: z
    .int()
    .min(16 * 1024)
    .default(128 * 1024),
  concurrency: z.int().positive().max(100).default(4),
});

/**
 * Failed items among the dead letters of a bus, where every other dead letter stands: listed, redriven and discarded through the bus, its
 * command line and its pages as well. Each is an event on `pipeline.failed` whose group, `pipeline.<name>`, fails on it at once and tries the
 * item again when the letter is redriven. Those buried together are a story of their own: that of whoever runs the pipeline would be of
 * nothing else. The event's id follows from the item's key, so that an item that fails again in a resumed run is no second letter. The bus drops the oldest letters of a reason beyond its `deadLettersPerReasonMax`, and reports it; a
 * pipeline's `failuresMax` should be smaller. Throws `invalid_options`.
 */
export function busDeadLetters(bus: Bus, options: BusDeadLettersOptions = {}): PipelineDeadLetters {
  return new BusLetters(bus, parseOptions('busDeadLetters', optionsSchema, options));
}

class BusLetters implements PipelineDeadLetters {
  readonly #bus: Bus;
  readonly #options: z.output<typeof optionsSchema>;
  /** Events that this process published and whose group has not failed on them yet. */
  readonly #fresh: Set<string> = new Set();
  readonly #ids: Ids = createIds({ clock: systemClock });
  readonly #turns: Turns;
  readonly #buried: Buried;
  #group = '';
  #redeliver: Redeliver = () => Promise.resolve();
  #stop: (() => Promise<void>) | undefined;

  constructor(bus: Bus, options: z.output<typeof optionsSchema>) {
    this.#bus = bus;
    this.#options = options;
    this.#turns = new Turns(options.concurrency);
    this.#buried = new Buried(bus);
  }

  async open(pipeline: string, redeliver: Redeliver): Promise<void> {
    this.#group = `pipeline.${pipeline}`;
    this.#redeliver = redeliver;
    const { concurrency } = this.#options;
    const subscription = await this.#bus.subscribe(
      failedChannel,
      (event, context) => this.#handle(event, context),
      {
        group: this.#group,
        // One type for each pipeline: groups of others do not see its items.
        types: [`pipeline_item_failed:${pipeline}`],
        from: 'earliest',
        // Failures are permanent by what the handler throws; retries are for processes that die in the middle of one.
        retry: { retries: 5, baseMs: 100, capMs: 1_000 },
        timeoutMs: 1_800_000,
        concurrency: Math.max(concurrency, handlersMin),
      },
    );
    this.#stop = () => subscription.stop();
  }

  async bury(failed: readonly FailedItem[]): Promise<void> {
    let story = '';
    const drafts = failed.map((item, at) => {
      const id = eventIdOf(item);
      this.#note(id);
      if (at % storyMax === 0) story = this.#ids.next('req');
      return {
        id,
        requestId: story,
        type: `pipeline_item_failed:${item.pipeline}`,
        workspaceId: this.#options.workspaceOf(item),
        payload: failedItemToWire(item, this.#options.letterBytesMax),
      };
    });
    try {
      await this.#bus.publishMany(failedChannel, drafts);
    } catch (error) {
      for (const { id } of drafts) this.#fresh.delete(id);
      throw error;
    }
  }

  async list(
    options: { readonly cursor?: string; readonly limit?: number } = {},
  ): Promise<PipelineLetterPage> {
    const page = await this.#bus.deadLetters.list({
      channel: failedChannel,
      group: this.#group,
      ...options,
    });
    return { items: page.items.map(toPipelineLetter), cursor: page.cursor };
  }

  async redrive(ids?: readonly string[]): Promise<number> {
    const which = ids ?? { channel: failedChannel, group: this.#group };
    return (await this.#bus.deadLetters.redrive(which)).changed;
  }

  async close(): Promise<void> {
    await this.#stop?.();
    this.#stop = undefined;
  }

  async #handle(event: BusEvent, context: HandlerContext): Promise<void> {
    const failed = failedItemFromWire(event.payload);
    if (!failed) throw permanentError('The payload is no failed item of a pipeline.');
    if (!(await this.#wasBuried(event))) {
      this.#fresh.delete(event.id);
      throw permanentError(`${failed.stage} failed: ${failed.error.name}: ${failed.error.message}`);
    }
    if (failed.text !== null) {
      throw permanentError(
        'The letter does not hold the whole item, so it cannot be tried again; correct the source and ingest that.',
      );
    }
    try {
      await this.#turns.run(() => this.#redeliver(failed), context.signal);
    } catch (error) {
      // A pipeline that is being stopped gives the item back to its group.
      if (context.signal.aborted || isRaptorFlowError(error, 'cancelled')) throw error;
      throw permanentError(
        `It failed again: ${error instanceof Error ? `${error.name}: ${error.message}` : 'unknown'}`,
        error,
      );
    }
  }

  /**
   * Whether the group has failed on this event before, so that it comes from a redrive. Of events that this process did not publish
   * itself the bus is asked: between publishing and failing a process may have died.
   */
  async #wasBuried(event: BusEvent): Promise<boolean> {
    return !this.#fresh.has(event.id) && (await this.#buried.has(event));
  }

  #note(eventId: string): void {
    this.#fresh.add(eventId);
    const [oldest] = this.#fresh;
    if (this.#fresh.size > freshMax && oldest !== undefined) this.#fresh.delete(oldest);
  }
}

/** A UUIDv7 from the beginning of the run and the item's key: the same whenever the item fails in this run, and all of it another one in any other. */
function eventIdOf(failed: FailedItem): string {
  const time = Math.floor(failed.runStartedAt).toString(16).padStart(12, '0');
  const hash = createHash('sha256')
    .update(`${failed.pipeline}\n${failed.runStartedAt}\n${failed.key}`)
    .digest();
  hash[8] = ((hash[8] ?? 0) & 0x3f) | 0x80;
  const hex = hash.toString('hex');
  return `evt_${time.slice(0, 8)}-${time.slice(8)}-7${hex.slice(13, 16)}-${hex.slice(16, 20)}-${hex.slice(20, 32)}`;
}

function toPipelineLetter(letter: DeadLetter): PipelineLetter {
  const failed = failedItemFromWire(letter.event.payload);
  if (!failed) {
    throw new RaptorFlowError('storage_corrupt', `The dead letter ${letter.id} holds no item of a pipeline.`);
  }
  return { id: letter.id, failed, state: letter.state, deadAt: letter.deadAt };
}
