/** What is read again every few seconds, for pages that show how it goes. */
import type { UseQueryResult } from '@tanstack/react-query';
import { useState } from 'react';

/** The next reading is the second attempt. */
export const polled = { retry: false, staleTime: 0 } as const;

/** A repeated reading. */
export interface Polled<T> {
  readonly data: T | undefined;
  /** Why the last reading failed, also while the next one is under way; null once one has succeeded. */
  readonly error: Error | null;
  /** Nothing has been read yet, and nothing has failed. */
  readonly isPending: boolean;
  readonly refetch: () => unknown;
}

/** Keeps the error of a query that has never succeeded over its next attempts, which forget it: a notice must not flicker. */
export function usePolled<T>({ data, error, refetch }: UseQueryResult<T>): Polled<T> {
  const [kept, setKept] = useState<Error | null>(null);
  const standing = error ?? (data === undefined ? kept : null);
  if (standing !== kept) setKept(standing);
  return { data, error: standing, isPending: data === undefined && standing === null, refetch };
}
