/** Figures that are there at once and stay fresh: the first by GET, then from the stream, and by GET again for as long
 *  as the stream is away. */
import { useQuery } from '@tanstack/react-query';
import { ask } from '@/api/client';
import { Problem } from '@/api/problem';
import { hasLists } from '@/api/request';
import { type LiveState, type Snapshot, useSnapshot } from './live';

/** Of most figures, in milliseconds. */
const PAUSE = 5_000;

export interface Figures<T> {
  /** The latest that came by either way. */
  data: T | undefined;
  /** When it came, in milliseconds of `Date.now()`. */
  at: number | undefined;
  /** Whether it is the newest there is; otherwise it has an age that is worth telling. */
  live: boolean;
  state: LiveState;
  /** Why there is nothing newer. */
  error: Error | undefined;
  retry: () => void;
}

interface Asking<T> {
  /** Between two GETs while nothing comes over the stream, in milliseconds. */
  pause?: number;
  /** Whether it will not change any more. */
  isOver?: (data: T) => boolean;
  /** What of it is a list, by name: figures without them are not shown. */
  lists?: readonly string[];
}

/** `path` is the row that the topic repeats. */
export function useFigures<T>(
  topic: string,
  path: string,
  { pause = PAUSE, isOver, lists }: Asking<T> = {},
): Figures<T> {
  const snapshot = readable(useSnapshot<T>(topic), lists);
  const live = snapshot.state === 'live' && snapshot.problem === undefined && snapshot.data !== undefined;
  const asked = useQuery({
    queryKey: [path],
    queryFn: ({ signal }) => ask<T>(path, { signal, lists }),
    refetchInterval: ({ state }) => {
      if (live || (state.data !== undefined && isOver?.(state.data))) return false;
      return pauseAfter(state.error, pause);
    },
    enabled: !live,
  });
  const isNewer = snapshot.data !== undefined && (live || (snapshot.at ?? 0) >= asked.dataUpdatedAt);
  return {
    data: isNewer ? snapshot.data : asked.data,
    at: isNewer ? snapshot.at : asked.dataUpdatedAt || undefined,
    live,
    state: snapshot.state,
    error: live ? undefined : (asked.error ?? snapshot.problem),
    retry: () => void asked.refetch(),
  };
}

/** A snapshot that has not what was agreed is as none: the row is asked then. */
function readable<T>(snapshot: Snapshot<T>, lists: readonly string[] | undefined): Snapshot<T> {
  return snapshot.data === undefined || hasLists(snapshot.data, lists) ? snapshot : { ...snapshot, data: undefined };
}

/** In milliseconds; false where asking again would be answered the same. */
function pauseAfter(error: Error | null, pause: number): number | false {
  if (!(error instanceof Problem)) return pause;
  if (error.status === 401 || error.status === 403 || error.status === 404) return false;
  return Math.max(pause, (error.retryAfter ?? 0) * 1000);
}
