/** What stands still while a button of the mouse is down: a list that moves under a press takes the click from what was
 *  aimed at. Fields tell what was typed when they lose the focus, which is just then. */
import { useRef, useSyncExternalStore } from 'react';

const watchers = new Set<() => void>();
let isDown = false;

function become(down: boolean): void {
  if (isDown === down) return;
  isDown = down;
  for (const watcher of watchers) watcher();
}

const press = () => become(true);
const end = () => become(false);
// The click comes after it, and still means what was there.
const release = () => setTimeout(end);

/** A drag ends without a release of its own, and a button may be let go where this window does not hear of it. */
const ends = [
  ['mouseup', release],
  ['dragend', release],
  ['blur', end],
] as const;

function subscribe(watcher: () => void): () => void {
  if (watchers.size === 0) {
    window.addEventListener('mousedown', press, true);
    for (const [event, heard] of ends) window.addEventListener(event, heard);
  }
  watchers.add(watcher);
  return () => {
    watchers.delete(watcher);
    if (watchers.size > 0) return;
    window.removeEventListener('mousedown', press, true);
    for (const [event, heard] of ends) window.removeEventListener(event, heard);
    isDown = false;
  };
}

/** The value; during a press the one from before it. */
export function useSteady<T>(value: T): T {
  const isPressed = useSyncExternalStore(subscribe, () => isDown);
  const steady = useRef(value);
  if (!isPressed) steady.current = value;
  return steady.current;
}
