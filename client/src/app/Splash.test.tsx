import { screen } from '@testing-library/react';
import { expect, test, vi } from 'vitest';
import { Problem } from '@/api/problem';
import { useSession } from '@/session/session';
import { renderIn } from '@/testing/render';
import { Splash } from './Splash';

vi.mock('@/session/session');

test('the splash is quiet until the broker does not answer, and then says why', () => {
  vi.mocked(useSession).mockReturnValue({ state: 'starting' });
  const { unmount } = renderIn(<Splash />);
  expect(screen.queryByRole('alert')).not.toBeInTheDocument();
  unmount();
  const trouble = new Problem({ title: 'The broker cannot be reached.', status: 0, code: 'unreachable' });
  vi.mocked(useSession).mockReturnValue({ state: 'starting', trouble });
  renderIn(<Splash />);
  expect(screen.getByRole('alert')).toHaveTextContent('The broker cannot be reached. It is tried again by itself.');
});
