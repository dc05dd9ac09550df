import { systemClock, type Clock } from './clock.ts';
import { RaptorFlowError } from './errors.ts';
import { systemRandom, type Random } from './random.ts';

/** Makes identifiers. */
export interface Ids {
  /** `${prefix}_` and a UUIDv7 (RFC 9562) in lower case. Identifiers of one maker sort by the order in which they were made. */
  next(prefix: string): string;
}

// The 12 bits after the millisecond count identifiers within it (RFC 9562, method 1), so that order holds inside a millisecond.
const counterMax = 0xfff;

const hexPairs: readonly string[] = Array.from({ length: 256 }, (_, byte) =>
  byte.toString(16).padStart(2, '0'),
);
const poolBytes = 2048;

/** A maker of identifiers over the given clock and randomness. A clock that goes back does not make identifiers go back. */
export function createIds(deps: { readonly clock?: Clock; readonly random?: Random } = {}): Ids {
  const clock = deps.clock ?? systemClock;
  const random = deps.random ?? systemRandom;
  let lastMs = -1;
  let counter = 0;
  let pool: Uint8Array = new Uint8Array(0);
  let poolAt = 0;

  const tick = (): void => {
    const now = clock.now();
    if (now > lastMs) {
      lastMs = now;
      counter = 0;
    } else if (counter < counterMax) {
      counter += 1;
    } else {
      lastMs += 1;
      counter = 0;
    }
  };

  const tail = (): string => {
    if (poolAt + 8 > pool.length) {
      pool = random.bytes(poolBytes);
      poolAt = 0;
    }
    const at = poolAt;
    poolAt += 8;
    const pair = (offset: number): string => hexPairs[pool[at + offset] ?? 0] ?? '00';
    const variant = hexPairs[((pool[at] ?? 0) & 0x3f) | 0x80] ?? '80';
    return `${variant}${pair(1)}-${pair(2)}${pair(3)}${pair(4)}${pair(5)}${pair(6)}${pair(7)}`;
  };

  return {
    next(prefix) {
      tick();
      const time = Math.floor(lastMs).toString(16).padStart(12, '0');
      return `${prefix}_${time.slice(0, 8)}-${time.slice(8)}-7${counter.toString(16).padStart(3, '0')}-${tail()}`;
    },
  };
}

const uuidV7 = /^(?:[a-z0-9]+_)?([0-9a-f]{8})-([0-9a-f]{4})-7[0-9a-f]{3}-[89ab][0-9a-f]{3}-[0-9a-f]{12}$/;

/** The millisecond (epoch, UTC) at which an identifier was made. Throws `invalid_input` when it is no UUIDv7 of ours. */
export function uuidV7Millis(id: string): number {
  const match = uuidV7.exec(id);
  if (!match) {
    throw new RaptorFlowError(
      'invalid_input',
      `"${id.slice(0, 80)}" is not an identifier of the form prefix_uuidv7.`,
    );
  }
  return Number.parseInt(`${match[1]}${match[2]}`, 16);
}

/** Whether `id` is `${prefix}_` and a UUIDv7. */
export function isId(id: string, prefix: string): boolean {
  return id.startsWith(`${prefix}_`) && uuidV7.test(id);
}
