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

const hexDigits = '0123456789abcdef';
const hexPairs: readonly string[] = Array.from({ length: 256 }, (_, byte) =>
  byte.toString(16).padStart(2, '0'),
);
const poolBytes = 2048;
/** Characters of an identifier's random end: two bytes, a dash, six bytes. */
const tailLength = 17;

// Random ends of identifiers, one after the other: to cut them out of one text costs less than to write each.
function tailsOf(bytes: Uint8Array): string {
  // The first byte of each bears the variant of RFC 9562.
  for (let at = 0; at < bytes.length; at += 8) bytes[at] = ((bytes[at] ?? 0) & 0x3f) | 0x80;
  const hex = Buffer.from(bytes.buffer, bytes.byteOffset, bytes.length).toString('hex');
  return hex.replace(/(.{4})(.{12})/g, '$1-$2');
}

/** A maker of identifiers over the given clock and randomness. A clock that goes back does not make identifiers go back. */
export function createIds(deps: { readonly clock?: Clock; readonly random?: Random } = {}): Ids {
  const clock = deps.clock ?? systemClock;
  const random = deps.random ?? systemRandom;
  let lastMs = -1;
  let counter = 0;
  let pool = '';
  let poolAt = 0;
  let head = '';
  let headMs = -1;
  let headPrefix = '';

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
    if (poolAt >= pool.length) {
      pool = tailsOf(random.bytes(poolBytes));
      poolAt = 0;
    }
    poolAt += tailLength;
    return pool.slice(poolAt - tailLength, poolAt);
  };

  return {
    next(prefix) {
      tick();
      // Many identifiers share their millisecond, and writing it costs more than all the rest.
      if (lastMs !== headMs || prefix !== headPrefix) {
        const time = Math.floor(lastMs).toString(16).padStart(12, '0');
        headMs = lastMs;
        headPrefix = prefix;
        head = `${prefix}_${time.slice(0, 8)}-${time.slice(8)}-7`;
      }
      const count = `${hexDigits[counter >> 8] ?? ''}${hexPairs[counter & 0xff] ?? ''}-`;
      return head + count + tail();
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
