/** One tail for each kind of log, fed by the live connection for as long as the screen is open. */
import { useMemo } from 'react';
import { type LiveState, useLog } from '@/live/live';
import type { Entry } from './log/entry';
import { Tail } from './log/tail';
import type { Kind } from './search';

export function useLive(kind: Kind): { tail: Tail; state: LiveState } {
  const { tail, topic } = useMemo(() => ({ tail: new Tail(), topic: kind }), [kind]);
  const state = useLog<Entry>(topic, (events) => tail.take(events));
  return { tail, state };
}
