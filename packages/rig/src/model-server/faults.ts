import type { ServerCall } from './call.ts';

/** Something that shall go wrong with one call. */
export type Fault =
  /** An HTTP error instead of an answer. */
  | {
      readonly kind: 'status';
      readonly status: number;
      readonly retryAfterSeconds?: number;
      readonly message?: string;
    }
  /** No byte after the first `afterFrames` frames (0: not even headers), until the caller gives up. */
  | { readonly kind: 'stall'; readonly afterFrames?: number }
  /** The connection is closed after `afterFrames` frames of a stream, or before a whole answer. */
  | { readonly kind: 'cut'; readonly afterFrames: number }
  /** The answer tells a usage that is not the billed one: none, or these token counts. */
  | { readonly kind: 'usage'; readonly told: 'none' | { readonly input: number; readonly output: number } };

/** The script of faults: each is used once, by the first call it fits, in the order they were added. */
export interface Faults {
  /** Adds a fault for the next call, or the next that `fits`. */
  add(fault: Fault, fits?: (call: ServerCall) => boolean): void;
  /** Decides for every call that the queue has nothing for; `undefined` takes the rule away. */
  rule(decide: ((call: ServerCall) => Fault | undefined) | undefined): void;
  clear(): void;
}

/** Builds an empty script, with the server's side of it. */
export function createFaults(): Faults & { take(call: ServerCall): Fault | undefined } {
  let queue: { fault: Fault; fits: (call: ServerCall) => boolean }[] = [];
  let decide: ((call: ServerCall) => Fault | undefined) | undefined;
  return {
    add: (fault, fits = () => true) => {
      queue.push({ fault, fits });
    },
    rule: (next) => {
      decide = next;
    },
    clear: () => {
      queue = [];
      decide = undefined;
    },
    take: (call) => {
      const at = queue.findIndex((entry) => entry.fits(call));
      if (at === -1) return decide?.(call);
      return queue.splice(at, 1)[0]?.fault;
    },
  };
}
