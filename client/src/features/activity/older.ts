/** What the live connection did not bring: the first page, and older ones when the user goes up. */
import { useCallback, useEffect, useRef, useState } from 'react';
import { ask } from '@/api/client';
import type { Entry } from './log/entry';
import type { Wanted } from './log/match';
import type { Tail } from './log/tail';
import type { Kind } from './search';

interface Page {
  entries: Entry[];
  next_cursor: string;
}

export interface Older {
  /** Before the first page is there. */
  starting: boolean;
  loading: boolean;
  /** There is nothing older. */
  ended: boolean;
  error: Error | undefined;
  load: () => void;
}

const PAGE = 200;

/** A filter is searched by the logger: what matches may be far away. */
export function useOlder(tail: Tail, kind: Kind, wanted: Wanted, filtering: boolean): Older {
  const key = filtering ? JSON.stringify([wanted.text, wanted.level, wanted.name]) : '';
  const [state, setState] = useState({
    starting: true,
    loading: false,
    ended: undefined as { key: string; dropped: number } | undefined,
  });
  const [error, setError] = useState<Error>();
  const next = useRef<{ key: string; cursor: string; oldest: string | undefined }>(undefined);
  const running = useRef<AbortController>(undefined);
  const { text, level, name } = wanted;

  const load = useCallback(() => {
    if (running.current) return;
    const abort = new AbortController();
    running.current = abort;
    setError(undefined);
    setState((state) => ({ ...state, loading: true }));
    const oldest = oldestOf(tail);
    // A cursor goes on from its own page; where that is no longer the beginning of the list, its time does.
    const from =
      next.current?.key === key && next.current.oldest === oldest?.id
        ? { cursor: next.current.cursor }
        : { until: oldest && new Date(Date.parse(oldest.created_at) + 1).toISOString() };
    const sparse = key !== '' && oldest !== undefined;
    const filter = sparse ? { text, level, name } : {};
    ask<Page>(`/v1/${kind}`, { query: { limit: PAGE, ...filter, ...from }, signal: abort.signal, lists: ['entries'] })
      .then((page) => {
        if (abort.signal.aborted) return;
        const known = tail.rows.length;
        const fresh = tail.page(page.entries, sparse);
        next.current = { key: sparse ? key : '', cursor: page.next_cursor, oldest: oldestOf(tail)?.id };
        const ended = !page.next_cursor || (fresh === 0 && known > 0 && page.entries.length < PAGE);
        setState({
          starting: false,
          loading: false,
          ended: ended ? { key: next.current.key, dropped: tail.dropped } : undefined,
        });
      })
      .catch((problem: unknown) => {
        if (abort.signal.aborted) return;
        setError(problem instanceof Error ? problem : new Error(String(problem)));
        setState((state) => ({ ...state, starting: false, loading: false }));
      })
      .finally(() => {
        if (running.current === abort) running.current = undefined;
      });
  }, [tail, kind, key, text, level, name]);

  const begin = useRef(load);
  begin.current = load;
  useEffect(() => {
    next.current = undefined;
    setState({ starting: true, loading: false, ended: undefined });
    // The first page is never narrowed: the list holds all that happened last, and filters that.
    begin.current();
    return () => {
      running.current?.abort();
      running.current = undefined;
    };
  }, [tail]);

  // Another filter: what an answer still under way would bring belongs to the one before.
  const first = useRef(key);
  useEffect(() => {
    if (first.current === key) return;
    first.current = key;
    if (tail.rows.length === 0) return;
    running.current?.abort();
    running.current = undefined;
    setState((state) => ({ ...state, loading: false, ended: state.ended?.key ? undefined : state.ended }));
  }, [key, tail]);

  return {
    starting: state.starting,
    loading: state.loading,
    // Where the list was cut since, there is something older again.
    ended: state.ended?.dropped === tail.dropped && (state.ended.key === key || state.ended.key === ''),
    error,
    load,
  };
}

function oldestOf(tail: Tail): Entry | undefined {
  for (const row of tail.rows) if (row.kind === 'entry') return row.entry;
  return undefined;
}
