/** Operations as the server tells of them: live, and asked for again and again while live data is away. */
import { keepPreviousData, useInfiniteQuery, useQuery } from '@tanstack/react-query';
import { useEffect, useState } from 'react';
import { type Figures, useFigures } from '@/live/figures';
import { useSnapshot } from '@/live/live';
import {
  fetchOperations,
  fetchWho,
  type Operation,
  type Operations,
  operationKeys,
  pathOf,
  type ShownOperation,
} from './api';
import { measured, noted, type Sample, settled } from './progress';

/** Milliseconds between two questions. */
const OFTEN = 2_000;
const SELDOM = 15_000;

export function useOperations() {
  const live = useSnapshot<Operations>('operations');
  const query = useInfiniteQuery({
    queryKey: operationKeys.list,
    queryFn: ({ pageParam, signal }) => fetchOperations(pageParam, signal),
    initialPageParam: undefined as string | undefined,
    getNextPageParam: (last) => last.next_cursor,
    placeholderData: keepPreviousData,
    refetchInterval: ({ state }) => {
      if (live.state === 'live') return false;
      const runs = state.data?.pages.some((page) => page.operations.some((each) => each.state === 'running'));
      return runs ? OFTEN : SELDOM;
    },
  });
  const asked = query.data?.pages.flatMap((page) => page.operations) ?? [];
  const isNewer = (live.at ?? 0) >= query.dataUpdatedAt;
  const told = live.data?.operations ?? [];
  return { ...query, operations: isNewer ? joined(told, asked) : joined(asked, told) };
}

/** Each once, the latest first; where both tell of one, the first does. */
export function joined(newer: Operation[], older: Operation[]): Operation[] {
  const known = new Map(older.map((each) => [each.id, each]));
  for (const each of newer) known.set(each.id, each);
  return [...known.values()].sort((a, b) => (a.id < b.id ? 1 : -1));
}

export function useOperation(id: string): Figures<ShownOperation> {
  return useFigures<ShownOperation>(`operation:${id}`, pathOf(id), {
    pause: OFTEN,
    isOver: (operation) => operation.state !== 'running',
    lists: ['letters'],
  });
}

/** Letters a second, from what was told of it while it was looked at. */
export function useMeasured(operation: Operation | undefined, at: number): number | undefined {
  const [samples, setSamples] = useState<Sample[]>([]);
  const count = operation && settled(operation);
  useEffect(() => {
    if (count !== undefined) setSamples((before) => noted(before, { at, settled: count }));
  }, [count, at]);
  return measured(samples);
}

/** The e-mail of whoever began it; nothing where it is not told, such as of a user that is gone. */
export function useWho(id: string): string | undefined {
  const { data } = useQuery({
    queryKey: operationKeys.who(id),
    queryFn: ({ signal }) => fetchWho(id, signal),
    staleTime: Number.POSITIVE_INFINITY,
    retry: false,
  });
  return data?.email;
}
