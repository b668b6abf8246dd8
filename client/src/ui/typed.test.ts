/** Of what is typed and what comes from elsewhere, such as by going back, the later one stands in the field. */
import { act, renderHook } from '@testing-library/react';
import { expect, it, vi } from 'vitest';
import { useTyped } from './typed';

it('shows what comes from elsewhere, and what it told itself is none of that', () => {
  const tell = vi.fn();
  const { result, rerender } = renderHook(({ value }) => useTyped(value, tell), { initialProps: { value: 'a' } });
  const [text, type, tellNow] = [() => result.current[0], result.current[1], () => result.current[2]()];
  act(() => type('ab'));
  act(tellNow);
  act(() => type('abc'));
  // The answer to the first word comes while the second one is typed.
  rerender({ value: 'ab' });
  expect(text()).toBe('abc');
  rerender({ value: 'back' });
  expect(text()).toBe('back');
  expect(tell).toHaveBeenCalledExactlyOnceWith('ab');
});
