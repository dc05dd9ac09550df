/**
 * How many requests a user, a workspace and an address may send: token buckets, counted as GCRA (ITU-T I.371), which keeps one moment for each
 * bucket. In one process they are exact in memory; where processes share Redis, a script there counts for all of them by its clock.
 */
import { RaptorFlowError, type Clock, type Logger } from 'raptorflow/kernel';
import type { FastifyReply } from 'fastify';

/** What is counted. `attempts` are tries to get in: sign-ins, tokens, invitations. */
export type BucketName = 'user' | 'workspace' | 'address' | 'attempts';

/** Requests a minute of each bucket; a bucket may be emptied at once and fills up evenly. 0 switches it off. */
export type RateLimitOptions = Readonly<Record<BucketName, number>>;

/** A bucket of somebody. */
export interface Bucket {
  readonly name: BucketName;
  /** Whose it is: an id or an address. */
  readonly of: string;
}

/** A bucket as it is counted. */
export interface CountedBucket {
  readonly key: string;
  /** Requests in `windowMs`. */
  readonly limit: number;
}

/** What counting said of a bucket: the moment at which it is full again, and how long to wait where it had nothing left. */
export interface Count {
  readonly fullInMs: number;
  readonly waitMs: number;
}

/** Counts. Takes one token from every bucket, or from none when one of them is empty. */
export interface RateCounter {
  take(buckets: readonly CountedBucket[]): Promise<readonly Count[]>;
}

/** The limits of the program. */
export interface RateLimits {
  /**
   * Counts a request and writes the headers of the limits. Throws `rate_limited` with `retryAfterMs`, and then nothing was counted. Never
   * rejects because the shared counter is away: then the limits hold for each process by itself.
   */
  take(buckets: readonly Bucket[], reply?: FastifyReply): Promise<void>;
}

/** The window of every limit. */
export const windowMs = 60_000;
/** Buckets kept in memory; beyond, the one that was used longest ago is forgotten, which fills it. */
const bucketsMax = 100_000;
/** After a failure the shared counter is left alone so long. */
const sharedPauseMs = 1_000;

const words: Readonly<Record<BucketName, string>> = {
  user: 'This user sends',
  workspace: 'The users of this workspace send',
  address: 'This address sends',
  attempts: 'This address tries to sign in, or asks for tokens,',
};

/** Counts in this process. */
export function createLocalCounter(
  clock: Pick<Clock, 'monotonic'>,
  max: number = bucketsMax,
): RateCounter & { readonly size: number } {
  const fullAt = new Map<string, number>();
  return {
    get size() {
      return fullAt.size;
    },
    async take(buckets) {
      const now = clock.monotonic();
      const counts = buckets.map(({ key, limit }) => {
        const next = Math.max(fullAt.get(key) ?? now, now) + windowMs / limit;
        // A hair of tolerance: the sum of many steps is not quite the window.
        const waitMs = Math.max(0, next - now - windowMs - 1e-3);
        return { next, waitMs };
      });
      const refused = counts.some(({ waitMs }) => waitMs > 0);
      return buckets.map(({ key, limit }, index) => {
        const { next, waitMs } = counts[index] as { next: number; waitMs: number };
        if (!refused) {
          // Put at the end: the map is in the order of use.
          fullAt.delete(key);
          fullAt.set(key, next);
          if (fullAt.size > max) fullAt.delete(fullAt.keys().next().value as string);
        }
        return { fullInMs: refused ? next - now - windowMs / limit : next - now, waitMs };
      });
    },
  };
}

/** Limits over a shared counter, if there is one, and one of this process. */
export function createRateLimits(
  options: RateLimitOptions,
  deps: { readonly clock: Clock; readonly log: Logger; readonly shared?: RateCounter | undefined },
): RateLimits {
  const { clock, log, shared } = deps;
  const local = createLocalCounter(clock);
  let pausedUntil = -Infinity;
  const count = async (buckets: readonly CountedBucket[]): Promise<readonly Count[]> => {
    if (!shared || clock.monotonic() < pausedUntil) return local.take(buckets);
    try {
      return await shared.take(buckets);
    } catch (error) {
      if (pausedUntil === -Infinity) {
        log.warn('Rate limits are counted by each process for itself until Redis answers again.', { error });
      }
      pausedUntil = clock.monotonic() + sharedPauseMs;
      return local.take(buckets);
    }
  };
  return {
    async take(given, reply) {
      const buckets = given.filter(({ name }) => options[name] > 0);
      if (buckets.length === 0) return;
      const counted = buckets.map(({ name, of }) => ({ key: `${name}:${of}`, limit: options[name] }));
      const shown = (await count(counted)).map(({ fullInMs, waitMs }, index) => {
        const { name } = buckets[index] as Bucket;
        const limit = options[name];
        const remaining =
          waitMs > 0 ? 0 : Math.max(0, Math.floor(limit - (fullInMs * limit) / windowMs + 1e-6));
        return { name, limit, remaining, waitMs, resetSeconds: Math.max(0, Math.ceil(fullInMs / 1_000)) };
      });
      if (reply) writeHeaders(reply, shown);
      const refused = shown.find(({ waitMs }) => waitMs > 0);
      if (!refused) return;
      throw new RaptorFlowError(
        'rate_limited',
        `${words[refused.name]} more than ${refused.limit} requests a minute; wait ${Math.max(1, Math.ceil(refused.waitMs / 1_000))} s.`,
        {
          retryAfterMs: refused.waitMs,
          details: { limit: refused.name, requests_per_minute: refused.limit },
        },
      );
    },
  };
}

interface Shown {
  readonly name: BucketName;
  readonly limit: number;
  readonly remaining: number;
  readonly resetSeconds: number;
}

// draft-ietf-httpapi-ratelimit-headers-10, and beside it the three headers of its drafts up to 07, which more clients read.
function writeHeaders(reply: FastifyReply, shown: readonly Shown[]): void {
  const [least] = shown.toSorted((a, b) => a.remaining / a.limit - b.remaining / b.limit);
  if (!least) return;
  void reply.headers({
    'ratelimit-policy': shown
      .map(({ name, limit }) => `"${name}";q=${limit};w=${windowMs / 1_000}`)
      .join(', '),
    ratelimit: shown
      .map(({ name, remaining, resetSeconds }) => `"${name}";r=${remaining};t=${resetSeconds}`)
      .join(', '),
    'ratelimit-limit': least.limit,
    'ratelimit-remaining': least.remaining,
    'ratelimit-reset': least.resetSeconds,
  });
}
