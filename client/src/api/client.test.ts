/** What `ask` makes of a server's answers, also of those that are none. */
import { afterEach, beforeEach, expect, test, vi } from 'vitest';
import { session } from '@/session/session';
import { ask } from './client';
import type { Problem } from './problem';

const answers: (() => Response | Promise<Response>)[] = [];
let sent: { url: string; init: RequestInit }[] = [];

beforeEach(() => {
  answers.length = 0;
  sent = [];
  vi.stubGlobal('fetch', (url: URL, init: RequestInit) => {
    sent.push({ url: String(url), init });
    const next = answers.shift();
    if (!next) throw new Error('no more answers');
    return Promise.race([
      Promise.resolve(next()),
      new Promise((_, reject) => {
        init.signal?.addEventListener('abort', () => reject(new DOMException('', 'AbortError')));
      }),
    ]);
  });
});
afterEach(() => {
  vi.unstubAllGlobals();
  vi.useRealTimers();
});

const json = (body: unknown, status = 200, headers = {}) => new Response(JSON.stringify(body), { status, headers });
const failure = (asked: Promise<unknown>) =>
  asked.then(
    () => Promise.reject(new Error('answered')),
    (problem: Problem) => problem,
  );

test('what is asked carries the query, the body and the token', async () => {
  vi.spyOn(session, 'token').mockResolvedValue('t1');
  answers.push(() => json({ n: 1 }));
  const query = { limit: 5, text: 'a&b', none: undefined, empty: '' };
  expect(await ask('/v1/logs', { method: 'POST', query, body: { a: 1 } })).toEqual({ n: 1 });
  expect(sent[0]?.url).toBe(`${location.origin}/v1/logs?limit=5&text=a%26b`);
  expect(sent[0]?.init.body).toBe('{"a":1}');
  expect(new Headers(sent[0]?.init.headers).get('authorization')).toBe('Bearer t1');
});

test('a problem is read with its fields, its trace and when to come again', async () => {
  const body = { title: 'Too Many Requests', detail: 'slow down', code: 'resource_exhausted', trace_id: 'abc' };
  answers.push(() =>
    json({ ...body, errors: [{ field: 'x', detail: 'bad' }, 7, { field: 1 }] }, 429, { 'retry-after': '7' }),
  );
  const problem = await failure(ask('/v1/logs'));
  expect(problem).toMatchObject({ status: 429, message: 'slow down', traceId: 'abc', retryAfter: 7 });
  expect(problem.errors).toEqual([{ field: 'x', detail: 'bad' }]);
  expect(problem.of('x')).toBe('bad');
});

test('Retry-After as a date counts from the date of the server, not from ours', async () => {
  const headers = { date: 'Wed, 21 Oct 2015 07:28:00 GMT', 'retry-after': 'Wed, 21 Oct 2015 07:28:30 GMT' };
  answers.push(() => json({}, 503, headers));
  expect((await failure(ask('/v1/logs'))).retryAfter).toBe(30);
});

test.each([
  ['a page', () => new Response('<html>', { status: 200 }), 200],
  ['half of an object', () => new Response('{"a":', { status: 200 }), 200],
  ['nothing', () => new Response('', { status: 200 }), 200],
  ['null', () => new Response('null', { status: 200 }), 200],
  ['a list', () => new Response('[1]', { status: 200 }), 200],
  ['a page of a proxy', () => new Response('<h1>Bad gateway', { status: 502 }), 502],
  ['a number', () => new Response('7', { status: 500 }), 500],
])('a server that answers %s is told of as one that answers nonsense', async (_, answer, status) => {
  answers.push(answer);
  const problem = await failure(ask('/v1/logs'));
  expect(problem).toMatchObject({ name: 'Problem', status, code: 'nonsense' });
  expect(problem.message).toContain('not JSON');
});

test('an answer without content is undefined', async () => {
  answers.push(() => new Response(null, { status: 204 }));
  expect(await ask('/v1/sessions/1', { method: 'DELETE' })).toBeUndefined();
});

test('a refused token is renewed and the call made once more', async () => {
  vi.spyOn(session, 'token').mockResolvedValue('t1');
  vi.spyOn(session, 'refused').mockResolvedValue('t2');
  answers.push(
    () => json({}, 401),
    () => json({ n: 2 }),
  );
  expect(await ask('/v1/me')).toEqual({ n: 2 });
  expect(new Headers(sent[1]?.init.headers).get('authorization')).toBe('Bearer t2');
  answers.push(
    () => json({}, 401),
    () => json({ title: 'no' }, 401),
  );
  expect((await failure(ask('/v1/me'))).status).toBe(401);
  expect(sent).toHaveLength(4);
});

test('who gives up while the session is expired is let go', async () => {
  vi.spyOn(session, 'token').mockResolvedValue('t1');
  vi.spyOn(session, 'refused').mockReturnValue(new Promise(() => undefined));
  const giveUp = new AbortController();
  answers.push(() => json({}, 401));
  const asked = failure(ask('/v1/me', { signal: giveUp.signal }));
  await vi.waitFor(() => expect(session.refused).toHaveBeenCalled());
  giveUp.abort();
  expect((await asked).code).toBe('aborted');
});

test('a server that says nothing is given up after ten seconds', async () => {
  vi.useFakeTimers();
  vi.spyOn(session, 'token').mockResolvedValue(undefined);
  answers.push(() => new Promise<Response>(() => undefined));
  const asked = failure(ask('/v1/me'));
  await vi.advanceTimersByTimeAsync(10_001);
  expect(await asked).toMatchObject({ status: 0, code: 'timeout' });
});

test('no other origin is ever sent the token', async () => {
  vi.spyOn(session, 'token').mockResolvedValue('t1');
  for (const path of ['//evil.example/v1', 'https://evil.example', '/\\evil.example']) {
    expect((await failure(ask(path))).code).toBe('foreign');
  }
  expect(sent).toHaveLength(0);
});

test('an answer whose lists are none is nonsense, and one that has them is not', async () => {
  vi.spyOn(session, 'token').mockResolvedValue('t1');
  for (const told of [{}, { users: null }, { users: { length: 1 } }]) {
    answers.push(() => json(told));
    expect((await failure(ask('/v1/users', { lists: ['users'] }))).code).toBe('nonsense');
  }
  answers.push(() => json({ users: [] }));
  expect(await ask('/v1/users', { lists: ['users'] })).toEqual({ users: [] });
});
