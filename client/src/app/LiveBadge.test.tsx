import { screen } from '@testing-library/react';
import { expect, test, vi } from 'vitest';
import { useLiveState } from '@/live/live';
import { renderIn } from '@/testing/render';
import { LiveBadge, LiveBanner } from './LiveBadge';

vi.mock('@/live/live');

test('the badge says how live the screen is, and is not there where nothing comes live', () => {
  vi.mocked(useLiveState).mockReturnValue({ state: 'lost', since: Date.now() });
  const { unmount } = renderIn(<LiveBadge />);
  expect(screen.getByRole('status')).toHaveTextContent('Not connected');
  unmount();
  vi.mocked(useLiveState).mockReturnValue({ state: 'live', since: 0, idle: true });
  renderIn(<LiveBadge />);
  expect(screen.queryByRole('status')).not.toBeInTheDocument();
});

test('the banner waits two seconds before it says that the connection is gone', () => {
  vi.mocked(useLiveState).mockReturnValue({ state: 'lost', since: Date.now() + 60_000 });
  const { unmount } = renderIn(<LiveBanner />);
  expect(screen.queryByRole('status')).not.toBeInTheDocument();
  unmount();
  vi.mocked(useLiveState).mockReturnValue({ state: 'lost', since: Date.now() - 60_000 });
  renderIn(<LiveBanner />);
  expect(screen.getByRole('status')).toHaveTextContent('No live connection since');
});
