/** The entry that the address names: of the list, or, where it is older than that, of the logger. */
import { useEffect, useState } from 'react';
import { ask } from '@/api/client';
import { type Entry, timeOfId } from './log/entry';
import type { Tail } from './log/tail';
import type { Kind } from './search';

export function useOpened(tail: Tail, kind: Kind, id: string | undefined, starting: boolean) {
  const [fetched, setFetched] = useState<Entry>();
  const [searched, setSearched] = useState<string>();
  const held = id === undefined ? undefined : tail.find(id)?.entry;
  // An entry that was open stays so when the list has lost it.
  const [kept, setKept] = useState<Entry>();
  useEffect(() => {
    if (held) setKept(held);
  }, [held]);
  const known = held ?? (kept?.id === id ? kept : undefined) ?? (fetched?.id === id ? fetched : undefined);

  const wanted = id !== undefined && !known && !starting ? id : undefined;
  useEffect(() => {
    if (wanted === undefined) return;
    const made = timeOfId(wanted);
    if (made === undefined) return setSearched(wanted);
    const abort = new AbortController();
    // Nobody answers a single entry by its id; ids that the logger makes tell when, and that is enough.
    const [since, until] = [made - 1000, made + 1000].map((at) => new Date(at).toISOString());
    ask<{ entries: Entry[] }>(`/v1/${kind}`, {
      query: { since, until, limit: 500 },
      signal: abort.signal,
      lists: ['entries'],
    })
      .then(({ entries }) => setFetched(entries.find((entry) => entry.id === wanted)))
      .catch(() => undefined)
      .finally(() => {
        if (!abort.signal.aborted) setSearched(wanted);
      });
    return () => abort.abort();
  }, [wanted, kind]);

  return { entry: known, searching: id !== undefined && !known && searched !== id };
}
