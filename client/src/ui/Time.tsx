/** A moment: how long ago, and in full where one points at it. It grows older by itself. */
import { Text, Tooltip } from '@mantine/core';
import { useSyncExternalStore } from 'react';
import { serverAhead } from '@/api/clock';
import { useFormat } from '@/i18n/format';
import classes from './Time.module.css';

const watchers = new Set<() => void>();
let now = Date.now();
let timer: ReturnType<typeof setInterval> | undefined;

/** One clock for all moments on the page. */
function subscribe(watcher: () => void): () => void {
  watchers.add(watcher);
  // While nobody watched, it stood still.
  if (watchers.size === 1) now = Date.now();
  timer ??= setInterval(() => {
    now = Date.now();
    for (const each of watchers) each();
  }, 1000);
  return () => {
    watchers.delete(watcher);
    if (watchers.size === 0) {
      clearInterval(timer);
      timer = undefined;
    }
  };
}

/** The time to the second, in milliseconds. */
export function useNow(): number {
  return useSyncExternalStore(subscribe, () => now);
}

/** Texts are times of the server, and aged by its clock; numbers are this machine's. */
export function Ago({ at }: { at: string | number }) {
  const format = useFormat();
  const current = useNow() + (typeof at === 'string' ? serverAhead() : 0);
  const moment = new Date(at);
  // What is no time is shown as it came.
  if (Number.isNaN(moment.getTime())) return <span>{String(at)}</span>;
  return (
    <Tooltip label={format.time(moment)}>
      <time dateTime={moment.toISOString()}>{format.ago(moment, current)}</time>
    </Tooltip>
  );
}

/** A moment in full, and how long ago that is. */
export function Moment({ at }: { at: string | number }) {
  const format = useFormat();
  return (
    <span className={classes.moment}>
      <span>{format.time(at)}</span>{' '}
      <Text span inherit c="dimmed">
        <Ago at={at} />
      </Text>
    </span>
  );
}
