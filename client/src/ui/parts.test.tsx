/** The small parts of every screen: facts, cut-off texts, buttons with a reason, pages of a list, values to copy. */
import { fireEvent, screen } from '@testing-library/react';
import userEvent from '@testing-library/user-event';
import { expect, it, test, vi } from 'vitest';
import { renderIn } from '@/testing/render';
import { Clipped } from './Clipped';
import { Copied } from './CopyCode';
import { Facts } from './Facts';
import { fetchMore, More } from './More';
import { ReasonedButton } from './ReasonedButton';
import { capitalized } from './words';

test('facts that are not known are left out, and nought is known', () => {
  const facts = [
    { name: 'Attempts', value: 0 },
    { name: 'Operation', value: null },
    { name: 'Subject', value: '' },
    { name: 'ID', value: 'a-1', code: true },
  ];
  renderIn(<Facts facts={facts} label="Facts" />);
  expect(screen.getAllByRole('term').map((term) => term.textContent)).toEqual(['Attempts', 'ID']);
  expect(screen.getAllByRole('definition').map((value) => value.textContent)).toEqual(['0', 'a-1']);
});

test('a text that may be cut off is there in full where one points at it', () => {
  renderIn(<Clipped>v1.listener.store-logs</Clipped>);
  expect(screen.getByTitle('v1.listener.store-logs')).toHaveTextContent('v1.listener.store-logs');
});

it('says why a button cannot be pressed, and can still be reached by key', async () => {
  const pressed = vi.fn();
  renderIn(
    <ReasonedButton reason="Needs the role admin" onClick={pressed}>
      Purge
    </ReasonedButton>,
  );
  await userEvent.tab();
  const button = screen.getByRole('button', { name: 'Purge' });
  expect(button).toHaveFocus();
  expect(button).toHaveAccessibleDescription('Needs the role admin');
  await userEvent.keyboard('{Enter}');
  expect(pressed).not.toHaveBeenCalled();
});

it('presses a button without a reason', () => {
  const pressed = vi.fn();
  renderIn(<ReasonedButton onClick={pressed}>Purge</ReasonedButton>);
  fireEvent.click(screen.getByRole('button', { name: 'Purge' }));
  expect(pressed).toHaveBeenCalledOnce();
});

test.each([
  [{ hasNextPage: true, isFetchingNextPage: false }, 1],
  [{ hasNextPage: true, isFetchingNextPage: true }, 0],
  [{ hasNextPage: false, isFetchingNextPage: false }, 0],
])('at the end of a list with %j so many more pages are asked for: %i', (state, times) => {
  const pages = { ...state, fetchNextPage: vi.fn() };
  fetchMore(pages);
  expect(pages.fetchNextPage).toHaveBeenCalledTimes(times);
});

test('who does not scroll has a button for more, as long as there is more', () => {
  const pages = { hasNextPage: true, isFetchingNextPage: false, fetchNextPage: vi.fn() };
  const { unmount } = renderIn(<More pages={pages} />);
  fireEvent.click(screen.getByRole('button', { name: 'Load more' }));
  expect(pages.fetchNextPage).toHaveBeenCalledOnce();
  unmount();
  renderIn(<More pages={{ ...pages, hasNextPage: false }} />);
  expect(screen.queryByRole('button')).toBeNull();
});

test('a value is copied as it is', async () => {
  const user = userEvent.setup();
  renderIn(<Copied text="01a2-b" />);
  await user.click(screen.getByRole('button', { name: 'Copy: 01a2-b' }));
  expect(await navigator.clipboard.readText()).toBe('01a2-b');
  expect(screen.getByRole('button', { name: 'Copied' })).toBeInTheDocument();
});

test('a word begins a line with a capital of its language', () => {
  expect([capitalized('dead', 'en'), capitalized('über', 'de'), capitalized('', 'en')]).toEqual(['Dead', 'Über', '']);
});
