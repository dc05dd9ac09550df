/** What pages know of the live connection. */
import type { SocketFrame } from '@raptorflow/contract';
import type { SocketStatus } from '@raptorflow/client';
import { createContext, useContext, useEffect, useSyncExternalStore } from 'react';

import type { FrameLog } from './frame-log.ts';

/** The connection of the signed-in person, shared by all pages. */
export interface Live {
  readonly status: SocketStatus;
  readonly frames: FrameLog;
  readonly tail: (patterns: readonly string[]) => void;
}

/** Holds the connection; null outside a workspace. */
export const LiveContext = createContext<Live | null>(null);

/** The connection, or null outside a workspace. */
export function useLive(): Live | null {
  return useContext(LiveContext);
}

/** How often to read again: seldom while events arrive by themselves, `everyThreeSeconds` when they do not. */
export function useLiveInterval(whileOpenMs: number): number {
  return useLive()?.status === 'open' ? whileOpenMs : 3_000;
}

const none: readonly SocketFrame[] = [];

/** The newest frames, newest first. */
export function useFrames(): readonly SocketFrame[] {
  const live = useLive();
  return useSyncExternalStore(
    live?.frames.subscribe ?? (() => () => undefined),
    live?.frames.snapshot ?? (() => none),
  );
}

/** Asks for the channels of `pattern` beside the state updates while the caller is on the page; null asks for none. */
export function useTail(pattern: string | null): void {
  const live = useLive();
  const tail = live?.tail;
  useEffect(() => {
    if (!tail || pattern === null) return;
    tail([pattern]);
    return () => tail([]);
  }, [tail, pattern]);
}
