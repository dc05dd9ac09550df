import { isDeadLetterChannel, type Bus, type BusEvent, type TraceNode } from '../../bus/index.ts';

/** Events that are remembered; beyond, the bus is asked again. */
const knownMax = 10_000;

type Question = PromiseWithResolvers<boolean>;

/**
 * Tells of events that reach a group whether it has given them up before. Events that were buried together are of one story, so that the
 * bus is asked once for all of them that handlers have in hand: one story after the other would take a call for each event.
 */
export class Buried {
  readonly #bus: Pick<Bus, 'trace'>;
  /** What has a letter once has it whenever it comes again. */
  readonly #known: Set<string> = new Set();
  /** Stories that the bus is being asked about, with the events that wait for the answer after that. */
  readonly #asked: Map<string, Map<string, Question>> = new Map();

  constructor(bus: Pick<Bus, 'trace'>) {
    this.#bus = bus;
  }

  /** Rejects as the bus does when it cannot be asked. */
  async has({ id, requestId }: Pick<BusEvent, 'id' | 'requestId'>): Promise<boolean> {
    if (this.#known.has(id)) return true;
    const question: Question = Promise.withResolvers();
    const waiting = this.#asked.get(requestId);
    if (waiting) waiting.set(id, question);
    else {
      this.#asked.set(requestId, new Map([[id, question]]));
      // The handlers of one delivery begin in one turn.
      queueMicrotask(() => void this.#ask(requestId));
    }
    return question.promise;
  }

  async #ask(requestId: string): Promise<void> {
    for (;;) {
      const questions = this.#asked.get(requestId);
      if (!questions?.size) break;
      // Whoever comes now has to wait for an answer that is newer than itself.
      this.#asked.set(requestId, new Map());
      try {
        const trace = await this.#bus.trace(requestId);
        const found = new Set<string>();
        for (const root of trace?.roots ?? []) collect(root, found);
        for (const id of found) this.#note(id);
        for (const [id, { resolve }] of questions) resolve(found.has(id));
      } catch (error) {
        for (const { reject } of questions.values()) reject(error);
      }
    }
    this.#asked.delete(requestId);
  }

  #note(eventId: string): void {
    this.#known.add(eventId);
    const [oldest] = this.#known;
    if (this.#known.size > knownMax && oldest !== undefined) this.#known.delete(oldest);
  }
}

/** Adds the events of a story that have a dead letter. */
function collect(node: TraceNode, into: Set<string>): void {
  for (const child of node.children) {
    if (child.event && isDeadLetterChannel(child.event.channel)) into.add(node.id);
    collect(child, into);
  }
}
