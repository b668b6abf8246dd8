/** Every command there is now: hotkeys, palette, tooltips and the sheet of keys are made of this registry. */
import { useEffect, useRef, useSyncExternalStore } from 'react';

export interface Command {
  /** Unique, such as `queues.purge`. */
  id: string;
  /** Translated. */
  title: string;
  /** Translated; what it is listed under. */
  group: string;
  /** `g q` is a chord, `mod+K` has a modifier, `j` is a character key. */
  keys?: string;
  /** Shown as disabled, with this reason. */
  unavailable?: string;
  /** Keys only, such as `j`: of no use in the palette. */
  unlisted?: boolean;
  /** Gives way to a screen's own command of the same keys. */
  fallback?: boolean;
  run: () => void;
}

const commands = new Map<string, Command>();
const watchers = new Set<() => void>();
let listed: Command[] = [];

function changed(): void {
  listed = [...commands.values()];
  for (const watcher of watchers) watcher();
}

/** Puts a command in the registry until it is taken out by what is returned. */
export function register(command: Command): () => void {
  commands.delete(command.id);
  commands.set(command.id, command);
  changed();
  return () => {
    if (commands.get(command.id) === command) {
      commands.delete(command.id);
      changed();
    }
  };
}

/** All there are now, in the order in which they came. */
export function listCommands(): Command[] {
  return listed;
}

export function useCommands(): Command[] {
  return useSyncExternalStore((watcher) => {
    watchers.add(watcher);
    return () => watchers.delete(watcher);
  }, listCommands);
}

/** Has the command for as long as the component is there. */
export function useCommand(command: Command): void {
  const latest = useRef(command);
  latest.current = command;
  const { id, title, group, keys, unavailable, unlisted, fallback } = command;
  useEffect(
    () => register({ id, title, group, keys, unavailable, unlisted, fallback, run: () => latest.current.run() }),
    [id, title, group, keys, unavailable, unlisted, fallback],
  );
}
