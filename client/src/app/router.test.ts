import { createMemoryHistory } from '@tanstack/react-router';
import { expect, test, vi } from 'vitest';
import { type Session, session } from '@/session/session';
import { routerOn } from './router';

function signedIn(role: string): Session {
  const user = { id: '1', email: 'admin@example.com', first_name: '', last_name: '', role };
  return { state: 'in', user };
}

async function opened(path: string, now: Session): Promise<string> {
  vi.spyOn(session, 'current').mockReturnValue(now);
  const router = routerOn(createMemoryHistory({ initialEntries: [path] }));
  await router.load();
  return router.state.location.href;
}

test('who is signed out is led to sign-in, and the way back is kept', async () => {
  const href = await opened('/settings?name=orders', { state: 'out' });
  const url = new URL(href, 'http://localhost');
  expect(url.pathname).toBe('/sign-in');
  expect(url.searchParams.get('to')).toBe('/settings?name=orders');
});

test('who is signed in is led on from sign-in', async () => {
  expect(await opened('/sign-in?to=/settings', signedIn('admin'))).toBe('/settings');
});

test('the start is the first screen that the role may open', async () => {
  expect(await opened('/', signedIn('admin'))).toBe('/overview');
  expect(await opened('/', signedIn('user'))).toBe('/activity');
});

test.each(['https://example.com', '//example.com', '/a/..//example.com', '/sign-up'])(
  'sign-in leads nowhere but into the panel, as with %s',
  async (to) => {
    const query = new URLSearchParams({ to });
    expect(await opened(`/sign-in?${query}`, signedIn('admin'))).toBe('/overview');
  },
);

test('there is a page to register at, which the broker has no row for', async () => {
  expect(await opened('/sign-up?to=%2Fme', { state: 'out' })).toBe('/sign-up?to=%2Fme');
});
