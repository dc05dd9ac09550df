import { z } from 'zod';

/** A connection that was made. */
export interface OpenedConnection {
  /** What goes over it. */
  readonly use: 'commands' | 'subscription' | 'beats';
  /** Breaks it for good; the part that has opened it is not asked. */
  readonly close: () => void;
}

/**
 * Hears of each connection that a part opens, for whoever keeps account of what is open. What it answers is called when the part has closed it; that it was
 * away in between does not count. It may not throw.
 */
export type ConnectionWatch = (opened: OpenedConnection) => () => void;

/** Checks one that is given as an option. */
export const connectionWatchSchema: z.ZodType<ConnectionWatch> = z.custom<ConnectionWatch>(
  (value) => typeof value === 'function',
  'must be a function',
);
