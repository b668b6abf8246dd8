/** What the session asks of the network, beyond what its own tests have the browser stand for. */
import { afterEach, expect, it, vi } from 'vitest';
import { browserParts } from './browser';

afterEach(() => vi.unstubAllGlobals());

it('signs out even where the page is left before the answer', async () => {
  const sent = vi.fn(async (_url: URL, _init: RequestInit) => new Response(null, { status: 204 }));
  vi.stubGlobal('fetch', sent);
  await browserParts().door.signOut();
  expect(sent.mock.calls[0]?.[1]).toMatchObject({ method: 'DELETE', keepalive: true });
});
