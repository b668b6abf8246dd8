import { readFileSync } from 'node:fs';
import { beforeEach, expect, test, vi } from 'vitest';
import { KEY, parse, prefer, preferences, themeKeeper, watchPreferences } from './preferences';

const defaults = { theme: 'auto', language: undefined, density: 'comfortable', characterKeys: true };

beforeEach(() => {
  prefer({ theme: 'auto', language: undefined, density: 'comfortable', characterKeys: true });
});

test.each([
  ['nothing', null],
  ['no JSON', '{'],
  ['a list', '[1]'],
  ['null', 'null'],
  ['foreign words', '{"theme":"pink","language":"xx","density":7,"characterKeys":"no"}'],
])('%s counts as the defaults', (_, kept) => {
  expect(parse(kept)).toEqual(defaults);
});

test('what is good is kept beside what is not', () => {
  expect(parse('{"theme":"dark","language":"xx","characterKeys":false}')).toEqual({
    ...defaults,
    theme: 'dark',
    characterKeys: false,
  });
});

test('a choice is kept and told', () => {
  const watcher = vi.fn();
  const stop = watchPreferences(watcher);
  prefer({ density: 'compact' });
  stop();
  prefer({ language: 'de' });
  expect(watcher).toHaveBeenCalledOnce();
  expect(preferences()).toEqual({ ...defaults, density: 'compact', language: 'de' });
  expect(parse(localStorage.getItem(KEY))).toEqual(preferences());
});

test("another tab's choice is this one's", () => {
  localStorage.setItem(KEY, '{"theme":"dark"}');
  window.dispatchEvent(new StorageEvent('storage', { key: KEY }));
  expect(preferences().theme).toBe('dark');
});

test("Mantine's colour scheme is one of the preferences", () => {
  const keeper = themeKeeper();
  const update = vi.fn();
  keeper.subscribe(update);
  prefer({ theme: 'dark' });
  expect(update).toHaveBeenLastCalledWith('dark');
  keeper.set('light');
  expect(preferences().theme).toBe('light');
  expect(keeper.get('auto')).toBe('light');
  keeper.unsubscribe();
});

test.each([
  ['dark', 'dark'],
  ['light', 'light'],
  ['auto', 'light'],
] as const)('before the first paint %s is %s', (theme, shown) => {
  prefer({ theme });
  document.documentElement.removeAttribute('data-mantine-color-scheme');
  new Function('matchMedia', readFileSync('public/theme.js', 'utf8'))(() => ({ matches: false }));
  expect(document.documentElement).toHaveAttribute('data-mantine-color-scheme', shown);
});
