import { createLocalJWKSet, errors, type CryptoKey, type JWSHeaderParameters } from 'jose';
import { RaptorFlowError, toRaptorFlowError, type Clock } from 'raptorflow/kernel';
import { z } from 'zod';
import { askIssuer, type IssuerExecutor } from './issuer-http.ts';

/** How long keys are kept, in milliseconds. */
interface KeyTimes {
  /** Keys older than this are fetched anew, in the background. */
  readonly freshMs: number;
  /** Keys of an issuer that does not answer any more serve for so long. */
  readonly staleMsMax: number;
  /** An unknown key makes them be fetched again at most once in this time. */
  readonly coolDownMs: number;
  /** After a fetch that failed the next one waits for so long. */
  readonly failureCoolDownMs: number;
}

// Keys are replaced ahead of their use, so ten minutes are soon enough.
const keyTimes: KeyTimes = Object.freeze({
  freshMs: 600_000,
  staleMsMax: 24 * 60 * 60 * 1_000,
  coolDownMs: 30_000,
  failureCoolDownMs: 5_000,
});

/** The public keys of an issuer, fetched when first needed and kept. */
export interface IssuerKeys {
  /**
   * The key that a token says it is signed with. Throws `token_invalid` when the issuer publishes none like it, and `unavailable` when
   * the issuer cannot be asked.
   */
  find(header: JWSHeaderParameters): Promise<CryptoKey>;
}

/** What keys are fetched with. */
export interface IssuerKeysDeps {
  readonly executor: IssuerExecutor;
  readonly clock: Clock;
}

type KeySet = ReturnType<typeof createLocalJWKSet>;

const keySetSchema = z.object({ keys: z.array(z.looseObject({ kty: z.string() })).max(100) });

/** Builds the keys of an issuer; `addressOf` says where they are published, and is asked before each fetch. */
export function createIssuerKeys(
  options: { readonly issuer: string; readonly addressOf: () => Promise<string> },
  deps: IssuerKeysDeps,
): IssuerKeys {
  return new CachedKeys(options.issuer, options.addressOf, keyTimes, deps);
}

/*
 * The keys are in one of these states:
 *
 * - none: the first token waits for the fetch; when it fails, `unavailable`, and no other fetch for `failureCoolDownMs`.
 * - fresh: served as they are. A token signed with an unknown key fetches them again, once in `coolDownMs`: with a forged key id
 *   nobody can make us call the issuer more often.
 * - old: served as they are, while one fetch in the background brings them up to date.
 * - too old (the issuer has not answered for `staleMsMax`): as none.
 */
class CachedKeys implements IssuerKeys {
  readonly #issuer: string;
  readonly #addressOf: () => Promise<string>;
  readonly #times: KeyTimes;
  readonly #deps: IssuerKeysDeps;
  #keys: KeySet | undefined;
  #fetchedAt = Number.NEGATIVE_INFINITY;
  /** Before this moment nothing is fetched. */
  #quietUntil = Number.NEGATIVE_INFINITY;
  #failure: RaptorFlowError | undefined;
  #fetching: Promise<void> | undefined;

  constructor(issuer: string, addressOf: () => Promise<string>, times: KeyTimes, deps: IssuerKeysDeps) {
    this.#issuer = issuer;
    this.#addressOf = addressOf;
    this.#times = times;
    this.#deps = deps;
  }

  async find(header: JWSHeaderParameters): Promise<CryptoKey> {
    const age = this.#now() - this.#fetchedAt;
    if (age > this.#times.staleMsMax) this.#keys = undefined;
    if (!this.#keys) await this.#fetch();
    else if (age > this.#times.freshMs && this.#mayFetch()) void this.#fetch().catch(() => undefined);
    const key = await this.#look(header);
    if (key) return key;
    if (this.#mayFetch() || this.#fetching) {
      await this.#fetch();
      const found = await this.#look(header);
      if (found) return found;
    } else if (this.#failure !== undefined) throw this.#failure;
    throw new RaptorFlowError(
      'token_invalid',
      `The token is not valid: ${this.#issuer} publishes no key like the one that it is signed with. Sign in again.`,
    );
  }

  async #look(header: JWSHeaderParameters): Promise<CryptoKey | undefined> {
    try {
      return await this.#keys?.(header);
    } catch (error) {
      if (error instanceof errors.JWKSNoMatchingKey) return undefined;
      throw error;
    }
  }

  #mayFetch(): boolean {
    return this.#now() >= this.#quietUntil;
  }

  /** Fetches, or waits for the fetch under way. */
  #fetch(): Promise<void> {
    if (this.#fetching) return this.#fetching;
    if (!this.#mayFetch() && this.#failure !== undefined) return Promise.reject(this.#failure);
    this.#fetching = this.#read().finally(() => (this.#fetching = undefined));
    return this.#fetching;
  }

  async #read(): Promise<void> {
    const { coolDownMs, failureCoolDownMs } = this.#times;
    try {
      const url = await this.#addressOf();
      const { status, body } = await askIssuer(this.#deps.executor, {
        operation: 'identity.keys',
        issuer: this.#issuer,
        url,
        repeatable: true,
      });
      const read = keySetSchema.safeParse(body);
      if (status !== 200 || !read.success) {
        throw new RaptorFlowError(
          'unavailable',
          `${url} does not answer with a set of keys (status ${status}); check the address of the issuer ${this.#issuer}.`,
        );
      }
      this.#keys = createLocalJWKSet(read.data);
      this.#fetchedAt = this.#now();
      this.#failure = undefined;
      this.#quietUntil = this.#now() + coolDownMs;
    } catch (error) {
      this.#failure = toRaptorFlowError(error, 'unavailable');
      this.#quietUntil = this.#now() + failureCoolDownMs;
      throw error;
    }
  }

  #now(): number {
    return this.#deps.clock.monotonic();
  }
}
