/** Dead letters as they are now: asked for once, and anew whenever the live figures say that something changed. */
import { keepPreviousData, useInfiniteQuery, useQuery, useQueryClient } from '@tanstack/react-query';
import { useEffect } from 'react';
import type { LetterGroups } from '@/api/types';
import { useSnapshot } from '@/live/live';
import { fetchGroups, fetchLetter, fetchLetters, letterKeys } from './api';
import type { Filter } from './filter';

/** What is dead, and nothing that was dealt with: what is worth watching. */
const TOPIC = 'dead-letters?state=dead';

/** Milliseconds between two questions while live figures are there, and while they are not. */
const SELDOM = 30_000;
const OFTEN = 5_000;
const BUSY = 2_000;

/** Asks for these anew when a figure changes; a question that is under way is let finish, or none would under load. */
function useFresh(key: readonly unknown[] | undefined, at: number | undefined): void {
  const queries = useQueryClient();
  const name = JSON.stringify(key);
  useEffect(() => {
    if (at === undefined || name === undefined) return;
    queries.invalidateQueries({ queryKey: JSON.parse(name) as unknown[] }, { cancelRefetch: false });
  }, [queries, at, name]);
}

/** The live topic has the groups of what is dead, and those alone. */
export function useGroups(filter: Filter) {
  const live = useSnapshot<LetterGroups>(TOPIC);
  const isPlain = filter.state === 'dead' && Object.keys(filter).length === 1;
  const key = letterKeys.groups(filter);
  useFresh(isPlain ? undefined : key, live.at);
  const query = useQuery({
    queryKey: key,
    queryFn: ({ signal }) => fetchGroups(filter, signal),
    placeholderData: keepPreviousData,
    refetchInterval: live.state === 'live' ? SELDOM : OFTEN,
  });
  const isNewer = isPlain && live.data !== undefined && (live.at ?? 0) >= query.dataUpdatedAt;
  return { ...query, data: isNewer ? live.data : query.data };
}

export function useLetters(filter: Filter, enabled: boolean) {
  const live = useSnapshot<LetterGroups>(enabled ? TOPIC : undefined);
  const key = letterKeys.list(filter);
  const query = useInfiniteQuery({
    queryKey: key,
    queryFn: ({ pageParam, signal }) => fetchLetters(filter, pageParam, signal),
    initialPageParam: undefined as string | undefined,
    getNextPageParam: (last) => last.next_cursor,
    enabled,
  });
  // Whoever has gone on to older pages is not to have them loaded again every second.
  const isFirstPage = (query.data?.pages.length ?? 0) <= 1;
  useFresh(enabled && isFirstPage ? key : undefined, live.at);
  return query;
}

export function useLetter(id: string) {
  const live = useSnapshot<LetterGroups>(TOPIC);
  const key = letterKeys.one(id);
  useFresh(key, live.at);
  return useQuery({
    queryKey: key,
    queryFn: ({ signal }) => fetchLetter(id, signal),
    refetchInterval: (query) => {
      if (query.state.data?.state === 'replaying') return BUSY;
      return live.state === 'live' ? false : OFTEN;
    },
  });
}
