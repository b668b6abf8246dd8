/** Says that something happened: a toast for now, and a line under the bell for later. */
import { notifications } from '@mantine/notifications';
import { useSyncExternalStore } from 'react';
import type { Tone } from './Status';
import { toneColors } from './tones';

export interface Notice {
  id: string;
  tone: Tone;
  title: string;
  message?: string;
  at: number;
  read: boolean;
}

/** How many the bell remembers, until the tab is closed. */
const KEPT = 50;

let notices: Notice[] = [];
let count = 0;
const watchers = new Set<() => void>();

function keep(next: Notice[]): void {
  notices = next.slice(0, KEPT);
  for (const watcher of watchers) watcher();
}

/** Failures stay until they are closed; the rest goes by itself. Returns an id for `notifications.hide`. */
export function notify({ tone, title, message }: { tone: Tone; title: string; message?: string }): string {
  count += 1;
  const id = `notice-${count}`;
  keep([{ id, tone, title, message, at: Date.now(), read: false }, ...notices]);
  notifications.show({
    id,
    title,
    message: message ?? null,
    color: toneColors[tone],
    autoClose: tone === 'bad' ? false : 5000,
  });
  return id;
}

/** For `catch`: says what failed, and why. */
export function failed(title: string): (error: unknown) => void {
  return (error) => {
    notify({ tone: 'bad', title, message: error instanceof Error ? error.message : String(error) });
  };
}

export function useNotices(): Notice[] {
  return useSyncExternalStore(
    (watcher) => {
      watchers.add(watcher);
      return () => watchers.delete(watcher);
    },
    () => notices,
  );
}

export function markNoticesRead(): void {
  if (notices.some((notice) => !notice.read)) keep(notices.map((notice) => ({ ...notice, read: true })));
}

export function forgetNotices(): void {
  keep([]);
}
