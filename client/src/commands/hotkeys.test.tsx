import { cleanup, render, screen } from '@testing-library/react';
import userEvent from '@testing-library/user-event';
import { afterEach, beforeEach, expect, test, vi } from 'vitest';
import { prefer } from '@/app/preferences';
import { listCommands, register, useCommand } from './commands';
import { listen } from './hotkeys';
import { printed } from './keys';

let stop: () => void;
const ends: (() => void)[] = [];

beforeEach(() => {
  stop = listen(document);
});
afterEach(() => {
  cleanup();
  stop();
  for (const end of ends.splice(0)) end();
  prefer({ characterKeys: true });
});

function bind(keys: string, more: { unavailable?: string; fallback?: boolean } = {}) {
  const run = vi.fn();
  ends.push(register({ id: `test.${keys}.${ends.length}`, title: keys, group: 'Test', keys, run, ...more }));
  return run;
}

test('a chord runs by both of its keys, and by neither alone', async () => {
  const run = bind('g q');
  await userEvent.keyboard('q');
  await userEvent.keyboard('g');
  expect(run).not.toHaveBeenCalled();
  await userEvent.keyboard('q');
  expect(run).toHaveBeenCalledOnce();
});

test('a chord that goes wrong is forgotten, and the key that ended it does nothing', async () => {
  const queues = bind('g q');
  const next = bind('j');
  await userEvent.keyboard('gjq');
  expect(queues).not.toHaveBeenCalled();
  expect(next).not.toHaveBeenCalled();
});

test('a chord that waits too long is forgotten', () => {
  vi.useFakeTimers();
  const run = bind('g q');
  const press = (key: string) => document.dispatchEvent(new KeyboardEvent('keydown', { key }));
  press('g');
  vi.advanceTimersByTime(5000);
  press('q');
  expect(run).not.toHaveBeenCalled();
  vi.useRealTimers();
});

test('characters do nothing while one types, keys with a modifier do', async () => {
  const character = bind('x');
  const modified = bind('mod+K');
  render(<input aria-label="Name" />);
  await userEvent.type(screen.getByLabelText('Name'), 'x');
  await userEvent.keyboard('{Control>}k{/Control}');
  expect(character).not.toHaveBeenCalled();
  expect(modified).toHaveBeenCalledOnce();
  expect(screen.getByLabelText('Name')).toHaveValue('x');
});

test('characters and chords can be switched off, keys with a modifier stay', async () => {
  const character = bind('x');
  const chord = bind('g q');
  const modified = bind('mod+/');
  prefer({ characterKeys: false });
  await userEvent.keyboard('xgq{Control>}/{/Control}');
  expect(character).not.toHaveBeenCalled();
  expect(chord).not.toHaveBeenCalled();
  expect(modified).toHaveBeenCalledOnce();
});

test('characters do nothing behind a dialog', async () => {
  const run = bind('x');
  render(<div role="dialog" aria-modal="true" aria-label="Purge" />);
  await userEvent.keyboard('x');
  expect(run).not.toHaveBeenCalled();
});

test('a key with Ctrl is not the key without', async () => {
  const run = bind('k');
  await userEvent.keyboard('{Control>}k{/Control}');
  expect(run).not.toHaveBeenCalled();
});

test('a slash counts where the keyboard needs Shift for it', () => {
  const run = bind('/');
  document.dispatchEvent(new KeyboardEvent('keydown', { key: '/', shiftKey: true }));
  expect(run).toHaveBeenCalledOnce();
});

test('what is unavailable does not run', async () => {
  const run = bind('x', { unavailable: 'For administrators only' });
  await userEvent.keyboard('x');
  expect(run).not.toHaveBeenCalled();
});

test('of two commands with one key the later one runs', async () => {
  const shell = bind('x');
  const screenOwn = bind('x');
  await userEvent.keyboard('x');
  expect(shell).not.toHaveBeenCalled();
  expect(screenOwn).toHaveBeenCalledOnce();
});

test('Esc closes first and clears the filter next', async () => {
  render(<input data-filter aria-label="Filter" defaultValue="orders" />);
  const close = vi.fn();
  const closed = register({ id: 'test.close', title: 'Close', group: 'Test', keys: 'Escape', run: close });
  await userEvent.keyboard('{Escape}');
  expect(close).toHaveBeenCalledOnce();
  expect(screen.getByLabelText('Filter')).toHaveValue('orders');
  closed();
  await userEvent.keyboard('{Escape}');
  expect(screen.getByLabelText('Filter')).toHaveValue('');
});

test('Esc that closes the choices of a field, or a menu, does nothing besides', async () => {
  const close = bind('Escape');
  const shut = (event: { currentTarget: HTMLElement }) => delete event.currentTarget.dataset.expanded;
  render(
    <>
      <input data-filter aria-label="Filter" defaultValue="orders" />
      <input aria-label="Level" data-expanded onKeyDown={shut} />
      <div role="menu">
        <button type="button">CSV</button>
      </div>
    </>,
  );
  screen.getByRole('button', { name: 'CSV' }).focus();
  await userEvent.keyboard('{Escape}');
  screen.getByLabelText('Level').focus();
  await userEvent.keyboard('{Escape}');
  expect(close).not.toHaveBeenCalled();
  expect(screen.getByLabelText('Filter')).toHaveValue('orders');
  await userEvent.keyboard('{Escape}');
  expect(screen.getByLabelText('Filter')).toHaveValue('');
});

test('a command is there for as long as its component is', () => {
  function Screen() {
    useCommand({ id: 'test.mounted', title: 'Mounted', group: 'Test', run: () => undefined });
    return null;
  }
  const { unmount } = render(<Screen />);
  expect(listCommands().map(({ id }) => id)).toContain('test.mounted');
  unmount();
  expect(listCommands().map(({ id }) => id)).not.toContain('test.mounted');
});

test.each([
  ['g q', [['g'], ['q']]],
  ['mod+K', [['Ctrl', 'K']]],
  ['mod+/', [['Ctrl', '/']]],
  ['/', [['/']]],
  ['Escape', [['Esc']]],
])('%s is printed as on the keyboard', (keys, shown) => {
  expect(printed(keys)).toEqual(shown);
});

test('a fallback gives way to the key of a screen, whichever came last', async () => {
  const own = bind('x');
  const fallback = bind('x', { fallback: true });
  await userEvent.keyboard('x');
  expect(own).toHaveBeenCalledOnce();
  expect(fallback).not.toHaveBeenCalled();
});
