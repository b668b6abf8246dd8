/** The live client against a server of one page that keeps a log, drops connections and says no. */
import { afterEach, beforeEach, expect, test, vi } from 'vitest';
import { LiveClient } from './client';
import type { LogEvent } from './live';

interface Open {
  url: string;
  topics: string[];
  lastId: string | null;
  token: string | null;
  say(event: string, data: unknown, id?: string): void;
  raw(text: string): void;
  close(): void;
  isOpen: boolean;
}

let opened: Open[] = [];
let answer: ((open: Open) => Response | undefined) | undefined;
let live: LiveClient;
let frames: (() => void)[] = [];
let token: string | undefined;
let refusals: string[] = [];

const latest = () => opened.at(-1) as Open;
const draw = () => {
  for (const frame of frames.splice(0)) frame();
};
const pass = async (milliseconds: number) => {
  await vi.advanceTimersByTimeAsync(milliseconds);
  draw();
};

function serve(url: string, init: RequestInit): Promise<Response> {
  const headers = new Headers(init.headers);
  let pipe: ReadableStreamDefaultController<Uint8Array> | undefined;
  const stream = new ReadableStream<Uint8Array>({ start: (controller) => void (pipe = controller) });
  const raw = (text: string) => open.isOpen && pipe?.enqueue(new TextEncoder().encode(text));
  const topics = (url.split('topics=')[1] ?? '').split(',').map(decodeURIComponent);
  const open: Open = {
    url,
    topics,
    lastId: headers.get('last-event-id'),
    token: headers.get('authorization'),
    raw,
    isOpen: true,
    say: (event, data, id) => raw(`event: ${event}\n${id ? `id: ${id}\n` : ''}data: ${JSON.stringify(data)}\n\n`),
    close() {
      open.isOpen = false;
      pipe?.close();
    },
  };
  opened.push(open);
  const refused = answer?.(open);
  if (refused) return Promise.resolve(refused);
  init.signal?.addEventListener('abort', () => {
    if (!open.isOpen) return;
    open.isOpen = false;
    pipe?.error(new DOMException('', 'AbortError'));
  });
  return Promise.resolve(new Response(stream, { headers: { 'content-type': 'text/event-stream' } }));
}

const hello = (open: Open) => open.say('hello', { session: 's', topics: open.topics, ping_ms: 10_000 });

beforeEach(() => {
  vi.useFakeTimers({ toFake: ['setTimeout', 'clearTimeout', 'Date', 'performance'] });
  opened = [];
  frames = [];
  refusals = [];
  token = 't1';
  answer = undefined;
  vi.stubGlobal('fetch', serve);
  live = new LiveClient({
    session: {
      token: async () => token,
      refused: async (refused) => {
        refusals.push(refused);
        return (token = token && `${token}+`);
      },
      subscribe: () => () => undefined,
      current: () => ({ state: 'out' }),
    },
    frame: (frame) => void frames.push(frame),
    random: () => 0,
  });
});
afterEach(() => {
  vi.useRealTimers();
  vi.unstubAllGlobals();
});

const quiet = () => undefined;

test('topics of one moment share one connection, whole and escaped', async () => {
  live.watch('mesh', quiet);
  live.follow('logs?level=ERROR&name=a,b', quiet, quiet);
  await pass(60);
  expect(opened).toHaveLength(1);
  expect(latest().url).toBe('/v1/live?topics=logs%3Flevel%3DERROR%26name%3Da%2Cb,mesh');
  expect(latest().token).toBe('Bearer t1');
});

test('a snapshot takes the place of the one before and is told of once a frame', async () => {
  const watcher = vi.fn();
  live.watch('mesh', watcher);
  await pass(60);
  hello(latest());
  await pass(0);
  watcher.mockClear();
  latest().say('snapshot', { topic: 'mesh', data: { n: 1 } });
  latest().say('snapshot', { topic: 'mesh', data: { n: 2 } });
  await pass(0);
  expect(watcher).toHaveBeenCalledTimes(1);
  expect(live.seen('mesh')).toMatchObject({ data: { n: 2 }, state: 'live' });
  expect(live.connection().state).toBe('live');
});

test('over twenty drops nothing is lost and nothing repeated', async () => {
  const all: { id: string }[] = [];
  const got: string[] = [];
  let gaps = 0;
  let batches = 0;
  live.follow(
    'logs',
    (events: LogEvent<{ id: string }>[]) => {
      batches++;
      for (const event of events) {
        if (event.kind === 'gap') gaps++;
        else got.push(...event.entries.map((entry) => entry.id));
      }
    },
    quiet,
  );
  const add = (count: number) => {
    for (let n = 0; n < count; n++) all.push({ id: `e${all.length}` });
  };
  const send = (open: Open, from: number) => {
    for (let at = from; at < all.length; at += 7) {
      const entries = all.slice(at, at + 7);
      open.say('entries', { topic: 'logs', entries }, `logs=${at + entries.length}`);
    }
  };
  for (let drop = 0; drop <= 20; drop++) {
    await vi.waitFor(async () => {
      await pass(100);
      expect(opened).toHaveLength(drop + 1);
    });
    const open = latest();
    const after = Number(new URLSearchParams(open.lastId ?? '').get('logs') ?? 0);
    hello(open);
    // A server may tell some of what is known once more.
    send(open, Math.max(0, after - 5));
    add(50);
    send(open, all.length - 50);
    await pass(0);
    add(13);
    open.close();
  }
  expect(got).toEqual(all.slice(0, -13).map((entry) => entry.id));
  expect(gaps).toBe(0);
  expect(batches).toBeLessThan(200);
});

test('a connection that is lost before any cursor came leaves a gap', async () => {
  const take = vi.fn();
  live.follow('logs', take, quiet);
  await pass(60);
  hello(latest());
  await pass(0);
  latest().close();
  await pass(600);
  hello(latest());
  await pass(0);
  expect(take).toHaveBeenCalledWith([{ kind: 'gap', missed: undefined }]);
});

test('a gap is told of in its place', async () => {
  const take = vi.fn();
  live.follow('logs', take, quiet);
  await pass(60);
  hello(latest());
  latest().say('entries', { topic: 'logs', entries: [{ id: '1' }] }, 'logs=1');
  latest().say('gap', { topic: 'logs', missed: 412 }, 'logs=9');
  latest().say('entries', { topic: 'logs', entries: [{ id: '9' }] }, 'logs=9');
  await pass(0);
  expect(take).toHaveBeenCalledExactlyOnceWith([
    { kind: 'entries', entries: [{ id: '1' }] },
    { kind: 'gap', missed: 412 },
    { kind: 'entries', entries: [{ id: '9' }] },
  ]);
});

test('what nobody draws is bounded, and what was dropped is counted', async () => {
  const take = vi.fn();
  live.follow('logs', take, quiet);
  await pass(60);
  hello(latest());
  for (let batch = 0; batch < 300; batch++) {
    latest().say('entries', {
      topic: 'logs',
      entries: Array.from({ length: 200 }, (_, n) => ({ id: `${batch}.${n}` })),
    });
  }
  await vi.advanceTimersByTimeAsync(0);
  await pass(0);
  const events = take.mock.calls.flatMap(([events]) => events as LogEvent<{ id: string }>[]);
  expect(events[0]?.kind).toBe('gap');
  const missed = events[0]?.kind === 'gap' ? (events[0].missed ?? 0) : 0;
  const kept = events.flatMap((event) => (event.kind === 'entries' ? event.entries : []));
  expect(missed + kept.length).toBe(60_000);
  expect(kept.length).toBeLessThanOrEqual(50_000);
  expect(kept.at(-1)?.id).toBe('299.199');
});

test('another topic is added without the others noticing', async () => {
  const take = vi.fn();
  live.follow('logs', take, quiet);
  await pass(60);
  const first = latest();
  hello(first);
  first.say('entries', { topic: 'logs', entries: [{ id: '1' }] }, 'logs=1');
  await pass(0);
  live.watch('mesh', quiet);
  await pass(60);
  expect(opened).toHaveLength(2);
  expect(latest()).toMatchObject({ topics: ['logs', 'mesh'], lastId: 'logs=1' });
  expect(first.isOpen).toBe(true);
  first.say('entries', { topic: 'logs', entries: [{ id: '2' }] }, 'logs=2');
  await pass(0);
  hello(latest());
  latest().say('entries', { topic: 'logs', entries: [{ id: '2' }, { id: '3' }] }, 'logs=3');
  await pass(0);
  expect(first.isOpen).toBe(false);
  expect(live.connection().state).toBe('live');
  const ids = take.mock.calls
    .flatMap(([events]) => events)
    .flatMap((event) => event.entries.map((e: { id: string }) => e.id));
  expect(ids).toEqual(['1', '2', '3']);
});

test('a topic that nobody watches any more is left, and the last one closes', async () => {
  const leave = live.watch('mesh', quiet);
  const other = live.watch('queues', quiet);
  await pass(60);
  hello(latest());
  await pass(0);
  leave();
  await pass(200);
  hello(latest());
  await pass(0);
  expect(latest().topics).toEqual(['queues']);
  other();
  await pass(200);
  expect(opened.some((open) => open.isOpen)).toBe(false);
  expect(live.connection().idle).toBe(true);
});

test('a bye is heeded: back after the time it names', async () => {
  live.watch('mesh', quiet);
  await pass(60);
  hello(latest());
  latest().say('bye', { reason: 'stopping', reconnect_ms: 3000 });
  await pass(2900);
  expect(opened).toHaveLength(1);
  expect(live.connection().state).toBe('lost');
  await pass(200);
  expect(opened).toHaveLength(2);
});

test('an empty list of entries says where to go on, each topic by its whole text', async () => {
  live.follow('logs?level=ERROR', quiet, quiet);
  live.watch('dead-letters?state=dead', quiet);
  await pass(60);
  expect(latest().url).toBe('/v1/live?topics=dead-letters%3Fstate%3Ddead,logs%3Flevel%3DERROR');
  hello(latest());
  latest().say('entries', { topic: 'logs?level=ERROR', entries: [] }, 'logs%3Flevel%3DERROR=A-_1&logs=B');
  await pass(0);
  latest().close();
  await pass(2000);
  expect(opened).toHaveLength(2);
  expect(latest().lastId).toBe('logs%3Flevel%3DERROR=A-_1');
});

test('a token that ran out is renewed and the stream goes on at once', async () => {
  live.follow('logs', quiet, quiet);
  await pass(60);
  hello(latest());
  latest().say('entries', { topic: 'logs', entries: [{ id: '1' }] }, 'logs=1');
  latest().say('bye', { reason: 'expired', reconnect_ms: 0 });
  await pass(0);
  await pass(1);
  expect(refusals).toEqual(['t1']);
  expect(latest()).toMatchObject({ token: 'Bearer t1+', lastId: 'logs=1' });
  expect(opened).toHaveLength(2);
});

test('401 renews the token; who is not signed in any more is left alone', async () => {
  answer = () => new Response('{}', { status: 401 });
  live.watch('mesh', quiet);
  await pass(60);
  await pass(1);
  expect(latest().token).toBe('Bearer t1+');
  token = undefined;
  await pass(60_000);
  expect(live.connection().state).toBe('refused');
  const before = opened.length;
  await pass(60_000);
  expect(opened).toHaveLength(before);
});

test('429 is heeded, also when the tab is looked at again', async () => {
  answer = () => new Response('{}', { status: 429, headers: { 'retry-after': '7' } });
  live.watch('mesh', quiet);
  await pass(60);
  expect(opened).toHaveLength(1);
  await pass(3000);
  live.wake();
  await pass(3900);
  expect(opened).toHaveLength(1);
  answer = undefined;
  await pass(200);
  expect(opened).toHaveLength(2);
});

test('what may not be read says why, and the others go on', async () => {
  live.watch('mesh', quiet);
  live.watch('queues', quiet);
  await pass(60);
  hello(latest());
  const problem = { title: 'Forbidden', status: 403, detail: 'for admins' };
  latest().say('problem', { topic: 'queues', problem, retry_after: null, ended: true });
  latest().say('snapshot', { topic: 'mesh', data: 1 });
  await pass(0);
  expect(live.seen('queues')).toMatchObject({ state: 'refused', problem: { message: 'for admins' } });
  expect(live.seen('mesh')).toMatchObject({ state: 'live', data: 1 });
});

test('403 for all of them is not asked again', async () => {
  answer = () => new Response(JSON.stringify({ detail: 'for admins' }), { status: 403 });
  live.watch('mesh', quiet);
  await pass(60);
  await pass(60_000);
  expect(opened).toHaveLength(1);
  expect(live.seen('mesh')).toMatchObject({ state: 'refused', problem: { message: 'for admins' } });
});

test('twenty-five seconds of silence are a dead connection, pings are not', async () => {
  live.watch('mesh', quiet);
  await pass(60);
  hello(latest());
  for (let ping = 0; ping < 6; ping++) {
    await pass(10_000);
    latest().raw(':\n\n');
  }
  expect(opened).toHaveLength(1);
  await pass(26_000);
  await pass(600);
  expect(opened).toHaveLength(2);
  expect(opened[0]?.isOpen).toBe(false);
});

test('a server that is gone is asked ever less often, and data stays', async () => {
  live.watch('mesh', quiet);
  await pass(60);
  hello(latest());
  latest().say('snapshot', { topic: 'mesh', data: 1 });
  await pass(0);
  answer = () => new Response('<html>', { status: 502 });
  latest().close();
  await pass(120_000);
  expect(opened.length).toBeGreaterThan(10);
  expect(live.seen('mesh')).toMatchObject({ state: 'lost', data: 1 });
  answer = undefined;
  live.wake();
  await pass(1);
  hello(latest());
  await pass(0);
  expect(live.seen('mesh').state).toBe('live');
});

test('figures pause in a tab that is hidden for a minute, logs go on', async () => {
  live.watch('mesh', quiet);
  live.follow('logs', quiet, quiet);
  await pass(60);
  hello(latest());
  await pass(0);
  live.hidden(true);
  await pass(59_000 / 3);
  latest().raw(':\n\n');
  await pass(59_000 / 3);
  latest().raw(':\n\n');
  await pass(59_000 / 3);
  latest().raw(':\n\n');
  expect(opened).toHaveLength(1);
  await pass(1500);
  expect(latest().topics).toEqual(['logs']);
  hello(latest());
  await pass(0);
  live.hidden(false);
  await pass(60);
  expect(latest().topics).toEqual(['logs', 'mesh']);
});

test('nonsense on the stream is passed over', async () => {
  live.watch('mesh', quiet);
  await pass(60);
  hello(latest());
  latest().raw(
    'event: snapshot\ndata: {"topic":\n\nevent: snapshot\ndata: null\n\nevent: what\ndata: 7\n\ndata: []\n\n',
  );
  latest().say('entries', { topic: 'mesh', entries: [null, 7, { id: 5 }, 'x'] });
  latest().say('snapshot', { topic: 'mesh', data: 'fine' });
  await pass(0);
  expect(live.seen('mesh').data).toBe('fine');
});
