/** Live data: one stream of server-sent events for each tab, over which every topic comes that a screen watches. */
import { useCallback, useEffect, useRef, useState, useSyncExternalStore } from 'react';
import { session } from '@/session/session';
import { LiveClient } from './client';
import type { ConnectionState } from './standing';

/** How current what is shown is. */
export type LiveState = 'connecting' | 'live' | 'lost' | 'refused';

export interface Snapshot<T> {
  data: T | undefined;
  /** When it came, in milliseconds of `Date.now()`. */
  at: number | undefined;
  state: LiveState;
  /** Why the topic is refused, or what its service says. */
  problem: Error | undefined;
}

/** What a log's reader is told, in order; each entry at most once, by its id. */
export type LogEvent<T> = { kind: 'entries'; entries: T[] } | { kind: 'gap'; missed: number | undefined };

const live = new LiveClient({ session, frame: (draw) => void requestAnimationFrame(draw) });
window.addEventListener('online', () => live.wake());
document.addEventListener('visibilitychange', () => live.hidden(document.visibilityState === 'hidden'));

const nothing: Snapshot<never> = { data: undefined, at: undefined, state: 'connecting', problem: undefined };

/** Watches figures: each message takes the place of the one before. `undefined` watches nothing. */
export function useSnapshot<T>(topic: string | undefined): Snapshot<T> {
  const subscribe = useCallback(
    (changed: () => void) => (topic === undefined ? () => undefined : live.watch(topic, changed)),
    [topic],
  );
  return useSyncExternalStore(subscribe, () => (topic === undefined ? nothing : (live.seen(topic) as Snapshot<T>)));
}

/** Watches a log. `take` is called at most once per animation frame, with all that came meanwhile. */
export function useLog<T extends { id: string }>(
  topic: string | undefined,
  take: (events: LogEvent<T>[]) => void,
): LiveState {
  const latest = useRef(take);
  latest.current = take;
  const [state, setState] = useState<LiveState>('connecting');
  useEffect(() => {
    setState(topic === undefined ? 'connecting' : live.seen(topic).state);
    if (topic === undefined) return undefined;
    return live.follow(
      topic,
      (events) => latest.current(events as LogEvent<T>[]),
      () => setState(live.seen(topic).state),
    );
  }, [topic]);
  return state;
}

const subscribeToConnection = (changed: () => void) => live.onConnection(changed);

/** The state of the connection as a whole, for the badge and the banner; `idle` where no screen watches anything. */
export function useLiveState(): ConnectionState {
  return useSyncExternalStore(subscribeToConnection, () => live.connection());
}
