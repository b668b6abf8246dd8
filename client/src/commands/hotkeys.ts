/** Runs the registry's commands by their keys: chords, keys with a modifier, and single characters where nobody types. */
import { useEffect } from 'react';
import { flushSync } from 'react-dom';
import { preferences } from '@/app/preferences';
import { type Command, listCommands } from './commands';
import { isCharacter, matches, steps } from './keys';

/** How long a chord waits for its second key, in milliseconds. */
const PATIENCE = 1200;

function isTyping(target: EventTarget | null): boolean {
  if (!(target instanceof HTMLElement)) return false;
  if (target.isContentEditable || target instanceof HTMLTextAreaElement || target instanceof HTMLSelectElement)
    return true;
  return target instanceof HTMLInputElement && !['checkbox', 'radio', 'button', 'range'].includes(target.type);
}

/** The dialog on top of all, in which the keys of the screen mean nothing. */
function inDialog(): boolean {
  return document.querySelector('[aria-modal="true"]') !== null;
}

/** Whether a single character may do something here. */
function characterMayAct(event: KeyboardEvent): boolean {
  return preferences().characterKeys && !isTyping(event.target) && !inDialog();
}

/** Empties the screen's filter as if the user had; true when there was something in it. */
function clearFilter(): boolean {
  const filter = filterInput();
  if (!filter?.value) return false;
  const setValue = Object.getOwnPropertyDescriptor(HTMLInputElement.prototype, 'value')?.set;
  setValue?.call(filter, '');
  filter.dispatchEvent(new Event('input', { bubbles: true }));
  return true;
}

/** The input that `/` leads to: the one that carries `data-filter`. */
export function filterInput(): HTMLInputElement | null {
  return document.querySelector<HTMLInputElement>('input[data-filter]');
}

/** Whether Esc is for something that is open at this place, such as the choices of a field. */
function isOpenAt(target: EventTarget | null): boolean {
  return target instanceof Element && target.closest('[data-expanded], [role="menu"], [role="dialog"]') !== null;
}

/** Esc closes what is open, then clears the filter. */
function escape(event: KeyboardEvent): void {
  if (inDialog()) return;
  const close = listCommands().findLast((command) => command.keys === 'Escape' && !command.unavailable);
  if (close && !isTyping(event.target)) flushSync(close.run);
  else if (!clearFilter() && event.target instanceof HTMLInputElement && 'filter' in event.target.dataset)
    event.target.blur();
}

/** Listens until it is stopped by what is returned. */
export function listen(target: Document): () => void {
  let begun: string | undefined;
  let isTheirs = false;
  let timer: ReturnType<typeof setTimeout> | undefined;
  const forget = () => {
    clearTimeout(timer);
    begun = undefined;
  };

  const pressed = (event: KeyboardEvent) => {
    if (event.defaultPrevented || event.isComposing || ['Control', 'Shift', 'Alt', 'Meta'].includes(event.key)) return;
    if (event.key === 'Escape') {
      forget();
      if (!isTheirs) escape(event);
      return;
    }
    const characters = characterMayAct(event);
    const able = listCommands().filter((command) => command.keys && (characters || !isCharacter(command.keys)));
    const waiting = begun;
    forget();

    const hits = able.filter((command) => finishes(command, event, waiting));
    const hit = hits.findLast((command) => !command.fallback) ?? hits.at(-1);
    if (hit) {
      event.preventDefault();
      // As React does with keys of its own: the next key finds what this one has changed.
      if (!hit.unavailable) flushSync(hit.run);
      return;
    }
    const first = able.map((command) => steps(command.keys ?? '')).find((chord) => begins(chord, event));
    if (first && !event.repeat) {
      begun = first[0];
      timer = setTimeout(forget, PATIENCE);
    }
  };

  // Before it is heard by what is open, which is closed when the key arrives here.
  const seen = (event: KeyboardEvent) => {
    isTheirs = isOpenAt(event.target);
  };

  target.addEventListener('keydown', seen, true);
  target.addEventListener('keydown', pressed);
  return () => {
    forget();
    target.removeEventListener('keydown', seen, true);
    target.removeEventListener('keydown', pressed);
  };
}

function begins(chord: string[], event: KeyboardEvent): boolean {
  return chord.length === 2 && matches(event, chord[0] ?? '');
}

function finishes(command: Command, event: KeyboardEvent, waiting: string | undefined): boolean {
  const [first = '', second] = steps(command.keys ?? '');
  if (waiting === undefined) return second === undefined && matches(event, first);
  return second !== undefined && first === waiting && matches(event, second);
}

export function useHotkeys(): void {
  useEffect(() => listen(document), []);
}
