/** Finds the screen's rows for keys that are pressed outside of them: the list that has the focus, else the first one. */

export function moveInRows(key: 'ArrowDown' | 'ArrowUp'): void {
  const focused = document.activeElement?.closest<HTMLElement>('[data-rows]');
  const rows = focused ?? document.querySelector<HTMLElement>('[data-rows]');
  rows?.focus();
  rows?.dispatchEvent(new KeyboardEvent('keydown', { key, bubbles: true, cancelable: true }));
}
