/** What is typed is told when the fingers rest or the field is left, and what comes from elsewhere is shown. */
import { act, fireEvent, screen } from '@testing-library/react';
import { afterEach, beforeEach, expect, it, vi } from 'vitest';
import { renderIn } from '@/testing/render';
import { FilterInput } from './FilterInput';

const told = vi.fn();
const field = () => screen.getByLabelText('Find', { selector: 'input' });
const type = (value: string) => fireEvent.change(field(), { target: { value } });

beforeEach(() => {
  vi.useFakeTimers();
  told.mockReset();
});
afterEach(() => vi.useRealTimers());

it('tells once, when the fingers rest', () => {
  renderIn(<FilterInput label="Find" value={undefined} onChange={told} />);
  for (const value of ['o', 'or', 'ord']) {
    type(value);
    act(() => void vi.advanceTimersByTime(200));
  }
  expect(told).not.toHaveBeenCalled();
  act(() => void vi.advanceTimersByTime(60));
  expect(told).toHaveBeenCalledExactlyOnceWith('ord');
});

it('tells at once where the field is left, and not a second time', () => {
  renderIn(<FilterInput label="Find" value="" onChange={told} />);
  type('ord');
  fireEvent.blur(field());
  act(() => void vi.advanceTimersByTime(1_000));
  expect(told).toHaveBeenCalledExactlyOnceWith('ord');
});

it('tells nothing of a field that is gone before the fingers rest', () => {
  const { unmount } = renderIn(<FilterInput label="Find" value="" onChange={told} />);
  type('ord');
  unmount();
  vi.advanceTimersByTime(1_000);
  expect(told).not.toHaveBeenCalled();
});

it('is emptied by its button', () => {
  renderIn(<FilterInput label="Find" value="orders" onChange={told} />);
  fireEvent.click(screen.getByRole('button', { name: 'Clear' }));
  expect(field()).toHaveValue('');
  act(() => void vi.advanceTimersByTime(300));
  expect(told).toHaveBeenCalledExactlyOnceWith('');
  expect(screen.queryByRole('button', { name: 'Clear' })).toBeNull();
});
