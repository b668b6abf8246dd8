/** Whatever comes back is shown: errors, text, and as much of it as a page can hold. */
import { afterEach, expect, it, vi } from 'vitest';
import { session } from '@/session/session';
import type { Outgoing } from './request';
import { send } from './send';

const request: Outgoing = { method: 'GET', path: '/v1/me', headers: {}, body: undefined, withToken: true };
const fetched = vi.fn<typeof fetch>();

afterEach(() => {
  vi.unstubAllGlobals();
  fetched.mockReset();
});

function answering(...answers: Response[]) {
  vi.stubGlobal('fetch', fetched);
  for (const answer of answers) fetched.mockResolvedValueOnce(answer);
  vi.spyOn(session, 'token').mockResolvedValue('old');
  return send(request, new AbortController().signal);
}

it('keeps status, headers and size, and masks secrets', async () => {
  const body = '{"access_token":"s3cret","name":"ä"}';
  const answer = await answering(new Response(body, { status: 201, headers: { 'x-b': '2', 'x-a': '1' } }));
  expect(answer).toMatchObject({ status: 201, isJson: true, isCut: false, bytes: 37 });
  expect(answer.headers.map(([name]) => name)).toEqual(['content-type', 'x-a', 'x-b']);
  expect(answer.text).toContain('"name": "ä"');
  expect(answer.text).not.toContain('s3cret');
});

it.each([
  ['as they are', '{"errors":[{"field":"name","detail":"is empty"}]}'],
  ['in an envelope', '{"error":true,"data":{"errors":[{"field":"name","detail":"is empty"}]}}'],
])('finds the errors of fields %s', async (_, body) => {
  const answer = await answering(new Response(body, { status: 422 }));
  expect(answer.errors).toEqual([{ field: 'name', detail: 'is empty' }]);
});

it('shows as text what is not JSON, and of a long one the beginning', async () => {
  const answer = await answering(new Response('# HELP'.repeat(200_000)));
  expect(answer).toMatchObject({ isJson: false, isCut: true, bytes: 1_200_000 });
  expect(answer.text).toHaveLength(512 * 1024);
});

it('asks again, once, with a renewed token', async () => {
  const refused = vi.spyOn(session, 'refused').mockResolvedValue('new');
  const answer = await answering(new Response('{}', { status: 401 }), new Response('{}', { status: 401 }));
  expect(answer.status).toBe(401);
  expect(refused).toHaveBeenCalledExactlyOnceWith('old');
  expect(fetched.mock.calls.map(([, init]) => new Headers(init?.headers).get('authorization'))).toEqual([
    'Bearer old',
    'Bearer new',
  ]);
});
