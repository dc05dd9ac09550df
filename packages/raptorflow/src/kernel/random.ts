import { getRandomValues } from 'node:crypto';

/** Randomness, injected so that tests can repeat it. */
export interface Random {
  /** Uniform in [0, 1). */
  next(): number;
  bytes(count: number): Uint8Array;
}

/** The machine's randomness; `bytes` is fit for secrets. */
export const systemRandom: Random = Object.freeze({
  next: () => Math.random(),
  bytes: (count: number) => getRandomValues(new Uint8Array(count)),
});

/** The same sequence for the same seed (mulberry32, T. Ettinger). For tests and simulations, never for secrets. */
export function seededRandom(seed: number): Random {
  let state = seed >>> 0;
  const next = (): number => {
    state = (state + 0x6d2b79f5) >>> 0;
    let mixed = Math.imul(state ^ (state >>> 15), 1 | state);
    mixed = (mixed + Math.imul(mixed ^ (mixed >>> 7), 61 | mixed)) ^ mixed;
    return ((mixed ^ (mixed >>> 14)) >>> 0) / 2 ** 32;
  };
  return Object.freeze({
    next,
    bytes: (count: number) => Uint8Array.from({ length: count }, () => Math.floor(next() * 256)),
  });
}
