import { toRaptorFlowError } from '../../../kernel/index.ts';
import type { RedisLink } from '../../../storage/index.ts';
import type { Script } from './redis-scripts.ts';

/** The server's clock, as the last answer has shown it. */
export class ServerTime {
  readonly #monotonic: () => number;
  #offset: number;

  constructor(monotonic: () => number, now: number) {
    this.#monotonic = monotonic;
    this.#offset = now - monotonic();
  }

  now(): number {
    return this.#monotonic() + this.#offset;
  }

  heard(serverNow: number): void {
    this.#offset = serverNow - this.#monotonic();
  }
}

/** Runs a script by its digest, or by its text where the server does not know it yet. */
export async function runScript(
  link: RedisLink,
  { text, digest }: Script,
  keys: readonly string[],
  args: readonly (string | number)[],
): Promise<unknown> {
  try {
    const [answer] = await link.send([['evalsha', digest, keys.length, ...keys, ...args]]);
    return answer;
  } catch (error) {
    if (!toRaptorFlowError(error).message.includes('NOSCRIPT')) throw error;
    const [answer] = await link.send([['eval', text, keys.length, ...keys, ...args]]);
    return answer;
  }
}
