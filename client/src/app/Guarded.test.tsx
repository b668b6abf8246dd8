/** A screen between its URL and its code: loaded before it is drawn, and asked for anew where it broke. */
import { useQuery } from '@tanstack/react-query';
import {
  createMemoryHistory,
  createRootRoute,
  createRoute,
  createRouter,
  lazyRouteComponent,
  RouterProvider,
} from '@tanstack/react-router';
import { fireEvent, screen } from '@testing-library/react';
import { beforeEach, expect, test, vi } from 'vitest';
import { useMay } from '@/session/session';
import { renderIn } from '@/testing/render';
import { Broken, guarded } from './Guarded';

vi.mock('@/session/session');
vi.setConfig({ testTimeout: 30_000 });
window.scrollTo = () => undefined;

beforeEach(() => void vi.mocked(useMay).mockReturnValue(true));

function open(load: () => Promise<{ default: () => React.ReactNode }>) {
  const root = createRootRoute();
  const component = guarded(lazyRouteComponent(load), 'settings', 'user');
  const route = createRoute({ getParentRoute: () => root, path: '/', component, errorComponent: Broken });
  const history = createMemoryHistory({ initialEntries: ['/'] });
  renderIn(<RouterProvider router={createRouter({ routeTree: root.addChildren([route]), history }) as never} />);
}

test('the code of a screen is there before it is drawn, so that React has nothing to complain of', async () => {
  const told = vi.spyOn(console, 'error').mockReturnValue(undefined);
  // As over a network: what is there at once never suspends.
  open(() => new Promise((loaded) => setTimeout(() => loaded({ default: () => 'the screen' }), 30)));
  expect(await screen.findByText('the screen', undefined, { timeout: 10_000 })).toBeInTheDocument();
  expect(told).not.toHaveBeenCalled();
});

test('a screen that an answer broke asks again, and shows the next answer', async () => {
  vi.spyOn(console, 'error').mockReturnValue(undefined);
  vi.spyOn(console, 'warn').mockReturnValue(undefined);
  const answers: unknown[] = [{}, { items: ['well again'] }];
  const Screen = () => {
    const { data } = useQuery({ queryKey: ['items'], queryFn: async () => answers.shift() as { items: string[] } });
    return data ? data.items.join() : 'loading';
  };
  open(async () => ({ default: Screen }));
  fireEvent.click(await screen.findByRole('button', { name: 'Try again' }, { timeout: 10_000 }));
  expect(await screen.findByText('well again', undefined, { timeout: 10_000 })).toBeInTheDocument();
});
