/** The newest frames of the socket, for lists that show events as they come. */
import type { SocketFrame } from '@raptorflow/contract';

/** A bounded log that tells its readers at most once per turn of the event loop. */
export interface FrameLog {
  readonly push: (frame: SocketFrame) => void;
  /** Newest first; the same array until something changed. */
  readonly snapshot: () => readonly SocketFrame[];
  /** How many frames came in all, those no longer kept included. */
  readonly received: () => number;
  readonly clear: () => void;
  readonly subscribe: (listener: () => void) => () => void;
}

/** Makes a log of at most `framesMax` frames; `schedule` defers telling the readers. */
export function createFrameLog(framesMax: number, schedule: (callback: () => void) => void): FrameLog {
  let frames: SocketFrame[] = [];
  let pending: SocketFrame[] = [];
  let received = 0;
  let scheduled = false;
  const listeners = new Set<() => void>();

  const flush = () => {
    scheduled = false;
    frames = [...pending.toReversed(), ...frames].slice(0, framesMax);
    pending = [];
    for (const listener of listeners) listener();
  };

  return {
    push: (frame) => {
      received += 1;
      pending.push(frame);
      // A page in the background is not scheduled for long; what would be cut anyway need not wait.
      if (pending.length > framesMax) pending.shift();
      if (scheduled) return;
      scheduled = true;
      schedule(flush);
    },
    snapshot: () => frames,
    received: () => received,
    clear: () => {
      pending = [];
      frames = [];
      for (const listener of listeners) listener();
    },
    subscribe: (listener) => {
      listeners.add(listener);
      return () => listeners.delete(listener);
    },
  };
}
