import { systemClock, type Clock } from '../../../kernel/index.ts';
import { isConnectionError, type Connection } from './connection.ts';

/**
 * One question to the replicas holds up what else the connection has to say, so it is a short one. When they need longer, it is asked for twice as
 * long the next time, and what else there is to say has the connection for as long in between.
 */
const waitMsMin = 100;
/** Replicas that are further behind are as good as missing. */
const waitMsMax = 1_000;

/** What waiting for replicas needs of the engine. */
export interface ReplicationHost {
  readonly connection: Connection;
  readonly clock: Clock;
  /** Replicas that must have an event. */
  readonly replicas: number;
  /** A key to write to: replicas are asked how far they follow what this connection wrote. */
  readonly key: string;
}

/** `kept`: enough replicas have it. `broken`: the connection broke, so nobody can say. `late`: not enough of them in time. */
export type Replicated = 'kept' | 'broken' | 'late';

interface Waiting {
  readonly era: number;
  readonly deadline: number;
  resolve(outcome: Replicated): void;
}

/** Asks replicas whether they have what was written; one question for all that wait. */
export class Replication {
  readonly #host: ReplicationHost;
  #waiting: Waiting[] = [];
  #isAsking = false;
  #waitMs = waitMsMin;
  #isClosed = false;

  private constructor(host: ReplicationHost) {
    this.#host = host;
  }

  /** Undefined where publishes do not wait for replicas. */
  static of(
    { replicas, prefix }: { readonly replicas: number; readonly prefix: string },
    parts: Pick<ReplicationHost, 'connection' | 'clock'>,
  ): Replication | undefined {
    return replicas === 0 ? undefined : new Replication({ ...parts, replicas, key: `{${prefix}}:replicas` });
  }

  /** What was written by an era of the connection; tells by a deadline of the monotonic clock. */
  confirm(era: number, deadline: number): Promise<Replicated> {
    const settled = Promise.withResolvers<Replicated>();
    this.#waiting.push({ era, deadline, resolve: settled.resolve });
    if (!this.#isAsking) void this.#ask();
    return settled.promise;
  }

  close(): void {
    this.#isClosed = true;
    this.#settle(() => 'broken');
  }

  async #ask(): Promise<void> {
    const { connection, clock, key } = this.#host;
    this.#isAsking = true;
    while (this.#waiting.length > 0 && !this.#isClosed) {
      const now = clock.monotonic();
      // Another era of the connection may be with another server, which knows nothing of what this one wrote.
      this.#settle(({ era, deadline }) =>
        era !== connection.era || !connection.isReady ? 'broken' : deadline <= now ? 'late' : undefined,
      );
      const asked = this.#waiting;
      if (asked.length === 0) break;
      this.#waiting = [];
      const leftMs = Math.min(...asked.map(({ deadline }) => deadline)) - now;
      const enough = await this.#haveEnough(key, Math.max(1, Math.min(this.#waitMs, Math.ceil(leftMs))));
      if (enough === false) {
        this.#waiting = [...asked, ...this.#waiting];
        await systemClock.sleep(Math.min(this.#waitMs, Math.max(1, leftMs)));
        this.#waitMs = Math.min(this.#waitMs * 2, waitMsMax);
      } else {
        for (const one of asked) one.resolve(enough === null ? 'broken' : 'kept');
        // What sufficed now will, with some to spare, suffice again.
        this.#waitMs = Math.min(waitMsMax, Math.max(waitMsMin, 3 * (clock.monotonic() - now)));
      }
    }
    this.#isAsking = false;
    if (this.#isClosed) this.#settle(() => 'broken');
  }

  // The write before it matters: a connection that has written nothing is told that everybody follows it.
  async #haveEnough(key: string, waitMs: number): Promise<boolean | null> {
    const { connection, replicas } = this.#host;
    try {
      const written = connection.call('set', key, 1);
      const [count] = await Promise.all([connection.call('wait', replicas, waitMs), written]);
      return Number(count) >= replicas;
    } catch (error) {
      return isConnectionError(error) ? null : false;
    }
  }

  #settle(judge: (one: Waiting) => Replicated | undefined): void {
    const left: Waiting[] = [];
    for (const one of this.#waiting) {
      const outcome = judge(one);
      if (outcome === undefined) left.push(one);
      else one.resolve(outcome);
    }
    this.#waiting = left;
  }
}
