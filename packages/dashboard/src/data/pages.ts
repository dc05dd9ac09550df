/** Lists that arrive page by page. */
import type { Page } from '@raptorflow/contract';
import { type InfiniteData, infiniteQueryOptions, useInfiniteQuery } from '@tanstack/react-query';

/** A list as pages show it: what has arrived, and how to get more. */
export interface Listing<T> {
  readonly items: readonly T[];
  /** How many there are in all, where the server counts them. */
  readonly total: number | null;
  readonly isPending: boolean;
  readonly error: Error | null;
  readonly hasMore: boolean;
  readonly isLoadingMore: boolean;
  readonly loadMore: () => void;
  readonly retry: () => void;
}

/** Options of a list query whose pages follow their cursors. */
export function listQuery<T>(
  queryKey: readonly unknown[],
  read: (cursor: string | undefined, signal: AbortSignal) => Promise<Page<T>>,
) {
  return infiniteQueryOptions({
    queryKey,
    queryFn: ({ pageParam, signal }) => read(pageParam, signal),
    initialPageParam: undefined as string | undefined,
    getNextPageParam: (page: Page<T>) => page.next_cursor ?? undefined,
  });
}

/** Reads a list query as a {@link Listing}. */
export function useListing<T>(
  options: ReturnType<typeof listQuery<T>>,
  refetchIntervalMs: number | false = false,
): Listing<T> {
  const query = useInfiniteQuery({ ...options, refetchInterval: refetchIntervalMs });
  const data: InfiniteData<Page<T>> | undefined = query.data;
  return {
    items: data?.pages.flatMap((page) => page.items) ?? [],
    total: data?.pages[0]?.total ?? null,
    isPending: query.isPending,
    error: query.error,
    hasMore: query.hasNextPage,
    isLoadingMore: query.isFetchingNextPage,
    loadMore: () => {
      if (query.hasNextPage && !query.isFetchingNextPage) void query.fetchNextPage();
    },
    retry: () => void query.refetch(),
  };
}
