/** Links between features: what one writes into a URL, the screen of the other reads. */
import { createMemoryHistory } from '@tanstack/react-router';
import { expect, test, vi } from 'vitest';
import { failures, handledAt, type Place } from '@/features/overview/failures';
import { groups, mesh, queues } from '@/features/overview/mesh.fixture';
import { queue } from '@/features/queues/queues.fixture';
import { lettersOf } from '@/features/queues/status';
import { session } from '@/session/session';
import { routerOn } from './router';

/** The route that a URL leads to, and what its screen is told of the query. */
async function opened(url: string) {
  const user = { id: '1', email: 'admin@example.com', first_name: '', last_name: '', role: 'admin' };
  vi.spyOn(session, 'current').mockReturnValue({ state: 'in', user });
  const router = routerOn(createMemoryHistory({ initialEntries: [url] }));
  await router.load();
  const match = router.state.matches.at(-1);
  return { route: match?.fullPath, search: match?.search, params: match?.params };
}

function urlOf({ to, search = {} }: Place): string {
  return `${to}?${new URLSearchParams(search)}`;
}

test.each([
  ['/activity?level=ERROR', '/activity', { level: 'ERROR' }],
  ['/activity?q=7&name=event', '/activity', { q: '7', name: 'event' }],
  ['/queues?name=v1.mailer.send', '/queues', { name: 'v1.mailer.send' }],
  ['/dead-letters?cause=it+is+%22x%22&queue=q', '/dead-letters', { cause: 'it is "x"', queue: 'q' }],
  ['/dead-letters?service=listener&state=replayed', '/dead-letters', { service: 'listener', state: 'replayed' }],
  ['/users?q=404', '/users', { q: '404' }],
])('%s is read as it is written', async (url, route, search) => {
  expect(await opened(url)).toMatchObject({ route, search });
});

test.each(['dead-letters', 'operations', 'users'])('%s have a page for each id', async (feature) => {
  expect(await opened(`/${feature}/01a2001c`)).toMatchObject({ route: `/${feature}/$id`, params: { id: '01a2001c' } });
});

test('whatever the overview leads to is a screen that knows all of its words', async () => {
  const names = queues.queues.map(({ name }) => name);
  const alarms = mesh.alarms.map((alarm) => handledAt(alarm, mesh, names));
  const places = [...alarms, ...failures(mesh, groups.groups).map(({ place }) => place)];
  expect(places.length).toBeGreaterThan(4);
  for (const place of places) {
    if (!place) throw new Error('an alarm of the fixture leads nowhere');
    const { state, ...words } = place.search ?? {};
    // What is dead is what one looks for there, and is left out of the URL.
    const search = state === 'dead' ? words : (place.search ?? {});
    expect(await opened(urlOf(place)), place.to).toMatchObject({ route: place.to, search });
  }
});

test('a queue leads to its letters', async () => {
  const search = { ...lettersOf(queue('v1.a.b.suspect', { kind: 'suspect' })), state: 'dead' };
  expect(await opened(urlOf({ to: '/dead-letters', search }))).toMatchObject({ search: { queue: 'v1.a.b' } });
});
