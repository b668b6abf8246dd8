/** What the user likes, kept by the browser in one place and read through one parser: a broken or foreign value counts as
 *  none. `public/theme.js` reads the theme from the same place before the first paint. */
import type { MantineColorScheme, MantineColorSchemeManager } from '@mantine/core';
import { useSyncExternalStore } from 'react';

export interface Preferences {
  theme: MantineColorScheme;
  /** Undefined follows the browser. */
  language: 'en' | 'de' | undefined;
  density: 'comfortable' | 'compact';
  /** Whether single keys such as `j` and chords such as `g q` do something. */
  characterKeys: boolean;
}

export const KEY = 'switchboard.preferences';

const defaults: Preferences = { theme: 'auto', language: undefined, density: 'comfortable', characterKeys: true };

function oneOf<T extends string>(value: unknown, allowed: readonly T[]): T | undefined {
  return allowed.find((each) => each === value);
}

export function parse(text: string | null): Preferences {
  let read: Record<string, unknown> = {};
  try {
    const value: unknown = JSON.parse(text ?? '{}');
    if (typeof value === 'object' && value !== null) read = value as Record<string, unknown>;
  } catch {
    // Written by something else: as if it were not there.
  }
  return {
    theme: oneOf(read.theme, ['auto', 'light', 'dark'] as const) ?? defaults.theme,
    language: oneOf(read.language, ['en', 'de'] as const),
    density: oneOf(read.density, ['comfortable', 'compact'] as const) ?? defaults.density,
    characterKeys: typeof read.characterKeys === 'boolean' ? read.characterKeys : defaults.characterKeys,
  };
}

function read(): Preferences {
  try {
    return parse(window.localStorage.getItem(KEY));
  } catch {
    // Storage is forbidden: the defaults, for as long as the tab is open.
    return defaults;
  }
}

let current = read();
const watchers = new Set<() => void>();

function tell(next: Preferences): void {
  current = next;
  for (const watcher of watchers) watcher();
}

export function preferences(): Preferences {
  return current;
}

export function prefer(change: Partial<Preferences>): void {
  const next = { ...current, ...change };
  try {
    window.localStorage.setItem(KEY, JSON.stringify(next));
  } catch {
    // Not kept, yet in force.
  }
  tell(next);
}

export function watchPreferences(watcher: () => void): () => void {
  watchers.add(watcher);
  return () => watchers.delete(watcher);
}

export function usePreferences(): Preferences {
  return useSyncExternalStore(watchPreferences, preferences);
}

// Another tab's choice is this one's too.
window.addEventListener('storage', (event) => {
  if (event.key === KEY || event.key === null) tell(read());
});

/** Lets Mantine keep its colour scheme with the other preferences. */
export function themeKeeper(): MantineColorSchemeManager {
  let stop: (() => void) | undefined;
  return {
    get: () => current.theme,
    set: (theme) => {
      if (theme !== current.theme) prefer({ theme });
    },
    subscribe: (update) => {
      stop = watchPreferences(() => update(current.theme));
    },
    unsubscribe: () => stop?.(),
    clear: () => prefer({ theme: defaults.theme }),
  };
}
