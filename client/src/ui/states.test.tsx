/** What stands in a screen's place: after a refusal for a while, the way on opens when the server said. */
import { act, screen } from '@testing-library/react';
import { afterEach, expect, test, vi } from 'vitest';
import { Problem } from '@/api/problem';
import { renderIn } from '@/testing/render';
import { Failed } from './states';

vi.setConfig({ testTimeout: 30_000 });
afterEach(() => vi.useRealTimers());

test('what the server asks to wait is counted down before one may try again', () => {
  vi.useFakeTimers({ now: Date.parse('2026-11-21T12:00:00Z') });
  const retry = vi.fn();
  renderIn(<Failed error={new Problem({ title: 'slow down', status: 429, retryAfter: 3 })} retry={retry} />);
  expect(screen.getByRole('button', { name: /^Try again in \d sec$/ })).toBeDisabled();
  act(() => void vi.advanceTimersByTime(2_000));
  expect(screen.getByRole('button', { name: /^Try again in \d sec$/ })).toBeDisabled();
  act(() => void vi.advanceTimersByTime(3_000));
  expect(screen.getByRole('button', { name: 'Try again' })).toBeEnabled();
});

test('what may be tried at once can be', () => {
  renderIn(<Failed error={new Error('gone')} retry={() => undefined} />);
  expect(screen.getByRole('button', { name: 'Try again' })).toBeEnabled();
});
