import { systemClock, type Timer } from '../../../kernel/index.ts';
import { isConnectionError, type Connection } from './connection.ts';
import { scripts } from './scripts.ts';

/** When Redis refused to say what is in hand, it is asked again after this. */
const pauseMs = 1_000;

/** What a call of a session says of itself. */
export interface Caller {
  readonly session: string;
  /** The generation of its connection, with a plus before it while the partition may not know the session. */
  readonly generation: string;
}

/** What Redis keeps of a claim record: what was said of it (`said`), something older (`older`), or nothing at all (`lost`). */
export type RecordState = 'said' | 'older' | 'lost';

/** What agreeing needs of the engine. */
export interface AgreementHost {
  readonly connection: Connection;
  readonly key: string;
  now(): number;
  sessionId(): string;
  /** Claim records that this process knows, each with the text that a call without an answer was to give it, or null. */
  records(): ReadonlyMap<string, string | null>;
  /** Both agree; `states` are of the records, in case Redis knows the session. */
  onAgreed(states: ReadonlyMap<string, RecordState>): void;
}

/**
 * Whether this process and Redis agree on what the session has in hand in one partition. A call that breaks leaves that open: it may have been
 * carried out or not, and may even be carried out later, when it comes late over a connection that is dead here. So when all calls have ended, a
 * new generation begins: calls of the one before count no more, claims that nobody here knows are given back, and Redis says what it keeps.
 */
export class Agreement {
  readonly #host: AgreementHost;
  #isReached = true;
  #isAsking = false;
  #isClosed = false;
  #underWay = 0;
  #tried = 0;
  #generation = 0;
  /** The session that the partition knows. */
  #known = '';
  #retry: Timer | undefined;

  constructor(host: AgreementHost) {
    this.#host = host;
  }

  /** While not, nothing may be asked of the partition. */
  get isReached(): boolean {
    return this.#isReached && this.#host.connection.isReady;
  }

  caller(): Caller {
    const session = this.#host.sessionId();
    return { session, generation: `${this.#known === session ? '' : '+'}${this.#generation}` };
  }

  /** The partition has answered a call of this session. */
  noteKnown(session: string): void {
    if (session === this.#host.sessionId()) this.#known = session;
  }

  /** Makes a call that may change what is in hand; what it answers, or that it failed, is taken in before anything else is asked. */
  async run<Answer>(
    call: () => Promise<Answer>,
    {
      answered,
      failed,
    }: { readonly answered: (answer: Answer) => void; readonly failed: (error: unknown) => void },
  ): Promise<void> {
    this.#underWay += 1;
    const outcome = await call().then(
      (answer) => ({ answer }),
      (error: unknown) => ({ error }),
    );
    this.#underWay -= 1;
    if ('answer' in outcome) answered(outcome.answer);
    else {
      if (isConnectionError(outcome.error)) this.#isReached = false;
      failed(outcome.error);
    }
    this.#agree();
  }

  /** The connection was made anew, perhaps to a server that knows less. */
  doubt(): void {
    this.#isReached = false;
    this.#agree();
  }

  close(): void {
    this.#isClosed = true;
    this.#retry?.cancel();
  }

  #agree(): void {
    if (this.#isReached || this.#isAsking || this.#isClosed || this.#underWay > 0) return;
    // Its return asks again.
    if (this.#host.connection.isReady) void this.#ask();
  }

  async #ask(): Promise<void> {
    const host = this.#host;
    this.#isAsking = true;
    this.#tried += 1;
    const generation = this.#tried;
    const session = host.sessionId();
    const records = [...host.records()];
    const said = records.flatMap(([name, text]) => [name, text ?? '-']);
    const args = [Math.floor(host.now()), session, generation, records.length, ...said];
    let states: readonly string[] | null;
    try {
      states = (await host.connection.run(scripts.resync, [host.key], args)) as readonly string[] | null;
    } catch {
      this.#isAsking = false;
      if (this.#isClosed) return;
      // What Redis refused it may take later, and nobody would tell; a connection that is away tells when it is back.
      this.#retry?.cancel();
      this.#retry = systemClock.setTimeout(() => this.#agree(), pauseMs).unref();
      return;
    }
    this.#isAsking = false;
    this.#generation = generation;
    this.#isReached = true;
    if (states) this.noteKnown(session);
    if (!this.#isClosed) host.onAgreed(statesOf(records, session === host.sessionId() ? states : null));
  }
}

function statesOf(
  records: readonly (readonly [string, string | null])[],
  answer: readonly string[] | null,
): Map<string, RecordState> {
  const states = new Map<string, RecordState>();
  for (const [index, [name]] of records.entries()) {
    const state = answer?.[index];
    if (state !== undefined) states.set(name, state === '1' ? 'said' : state === '0' ? 'older' : 'lost');
  }
  return states;
}
