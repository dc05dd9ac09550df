/** Keeps the socket open while somebody is signed in, and the cache true to it. */
import { type DashboardSocket, openDashboardSocket, type SocketStatus } from '@raptorflow/client';
import { useQueryClient } from '@tanstack/react-query';
import { type ReactNode, useCallback, useEffect, useMemo, useRef, useState } from 'react';

import { useOutage } from '../data/health.ts';
import { useSession } from '../data/session.ts';
import { createFrameLog } from './frame-log.ts';
import { type Live, LiveContext } from './live-context.ts';
import { createInvalidator, touchedKeys } from './touched.ts';

const framesMax = 2_000;
const invalidateEveryMs = 400;

/** Provides the live connection to the pages below. */
export function LiveProvider({ children }: { readonly children: ReactNode }) {
  const { user } = useSession();
  const queryClient = useQueryClient();
  const [status, setStatus] = useState<SocketStatus>('connecting');
  const socket = useRef<DashboardSocket | null>(null);
  const patterns = useRef<readonly string[]>([]);
  const frames = useMemo(() => createFrameLog(framesMax, (flush) => setTimeout(flush, 100)), []);

  useEffect(() => {
    const touch = createInvalidator(
      (keys) => {
        for (const queryKey of keys) void queryClient.invalidateQueries({ queryKey });
      },
      invalidateEveryMs,
      (delayMs, callback) => setTimeout(callback, delayMs),
    );
    const opened = openDashboardSocket({
      baseUrl: '',
      userId: user.id,
      onStatus: setStatus,
      onResync: () => void queryClient.invalidateQueries(),
      onFrame: (frame) => {
        frames.push(frame);
        touch(touchedKeys(frame));
      },
    });
    opened.tail(patterns.current);
    socket.current = opened;
    const retry = () => opened.retryNow();
    globalThis.addEventListener('online', retry);
    return () => {
      globalThis.removeEventListener('online', retry);
      opened.close();
      socket.current = null;
    };
  }, [user.id, queryClient, frames]);

  const isAway = useOutage() !== null;
  const wasAway = useRef(isAway);
  useEffect(() => {
    // What could not be read is read, and what could not be subscribed to is subscribed to, now that the bus is back.
    if (wasAway.current && !isAway) {
      socket.current?.tail(patterns.current);
      void queryClient.invalidateQueries();
    }
    wasAway.current = isAway;
  }, [isAway, queryClient]);

  const tail = useCallback((next: readonly string[]) => {
    patterns.current = next;
    socket.current?.tail(next);
  }, []);
  const live = useMemo<Live>(() => ({ status, frames, tail }), [status, frames, tail]);
  return <LiveContext value={live}>{children}</LiveContext>;
}
