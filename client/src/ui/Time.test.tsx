/** Moments: aged by the server's clock where the server told them, and nonsense is shown as it came. */
import { act, screen } from '@testing-library/react';
import { afterEach, beforeEach, expect, it, vi } from 'vitest';
import { serverAhead } from '@/api/clock';
import { renderIn } from '@/testing/render';
import { Ago, Moment } from './Time';

vi.mock('@/api/clock');
const noon = Date.parse('2026-11-21T12:00:00Z');

beforeEach(() => {
  vi.useFakeTimers({ now: noon });
  vi.mocked(serverAhead).mockReturnValue(0);
});
afterEach(() => vi.useRealTimers());

it('grows older by itself', () => {
  renderIn(<Ago at={noon - 5_000} />);
  expect(screen.getByText('5 sec. ago')).toBeInTheDocument();
  act(() => void vi.advanceTimersByTime(60_000));
  expect(screen.getByText('1 min. ago')).toBeInTheDocument();
});

it('ages what the server told by its clock, and what was seen here by this one', () => {
  vi.mocked(serverAhead).mockReturnValue(3_600_000);
  renderIn(
    <>
      <Ago at="2026-11-21T12:59:55Z" />
      <Ago at={noon - 120_000} />
    </>,
  );
  expect(screen.getByText('5 sec. ago')).toBeInTheDocument();
  expect(screen.getByText('2 min. ago')).toBeInTheDocument();
});

it('shows what is no time as it came', () => {
  renderIn(<Ago at="yesterday" />);
  expect(screen.getByText('yesterday')).toBeInTheDocument();
});

it('tells a moment in full, and how long ago that is', () => {
  renderIn(<Moment at={noon - 60_000} />);
  expect(screen.getByText(/^Nov 21, 2026/)).toBeInTheDocument();
  expect(screen.getByText('1 min. ago')).toBeInTheDocument();
});
