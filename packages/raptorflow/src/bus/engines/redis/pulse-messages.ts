import type { RedisAddress } from './connection.ts';
import type { ResolvedRedisOptions } from './options.ts';

/** What a partition's list says since the last poll. */
export interface PolledWake {
  readonly partition: number;
  /** Where the log ended when something was stored for those who watch; 0 when nothing was. */
  readonly log: number;
  /** Groups that others gave something to; `*` means all of them. */
  readonly groups: readonly string[];
}

/** What the thread is told when it starts. */
export interface PulseSettings {
  readonly address: RedisAddress;
  /** Of the beats. */
  readonly key: string;
  /** Of the list of wakes, for processes that poll. */
  readonly wakesKey: string;
  readonly polling: ResolvedRedisOptions['polling'];
  /** All processes beat at the same moments, the multiples of this in the server's time … */
  readonly everyMs: number;
  /** … and listen so long afterwards, so that everybody's last beat is young when it is heard. */
  readonly hearAfterMs: number;
}

/**
 * What it is told later: the session to beat for, the beat that has been made for it, and where the list of wakes ended then; or, while it polls,
 * that something happens in this process.
 */
export type PulseOrder =
  | { readonly session: string; readonly beat: number; readonly last: string }
  | 'hurry'
  | 'stop';

/** What it tells: the sessions and their beats at a moment of the server's time, that it is connected (again), or that the session was given up. */
export type PulseMessage =
  | {
      readonly kind: 'beats';
      readonly beats: readonly (readonly [string, string])[];
      readonly serverMs: number;
    }
  | {
      readonly kind: 'polled';
      readonly beats: readonly (readonly [string, string])[];
      readonly serverMs: number;
      /** Until the next poll. */
      readonly pauseMs: number;
      readonly wakes: readonly PolledWake[];
      /** More happened than the list keeps. */
      readonly isLost: boolean;
    }
  | { readonly kind: 'connected' }
  | { readonly kind: 'gone'; readonly session: string };
