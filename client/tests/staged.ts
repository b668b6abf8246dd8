/** Figures that no test can have from a mesh of one process: several instances, a degraded one, alarms, traffic. They stand
 *  in the place of what the broker answers, live and asked for. */
import type { Page } from '@playwright/test';

const ago = (seconds: number) => new Date(Date.now() - seconds * 1000).toISOString();

function instance(name: string, port: number, changed: object = {}) {
  const address = `10.0.4.${port % 200}:${port}`;
  const times = { started_at: ago(86_000), last_seen: ago(1) };
  return { instance: name, version: '0.1.0', address, state: 'ready', degraded: {}, ...times, ...changed };
}

function route(route: string, door: string, line: string, service: string | null, figures: [number, number, number]) {
  const [calls_per_second, errors_per_second, p95_ms] = figures;
  return { route, door, line, service, calls_per_second, errors_per_second, p95_ms };
}

export const mesh = {
  services: [
    { name: 'authenticator', instances: [instance('auth-1', 8081), instance('auth-2', 8181)] },
    { name: 'broker', instances: [instance('broker-1', 8080), instance('broker-2', 8180)] },
    { name: 'listener', instances: [instance('listener-1', 8082), instance('listener-2', 8182)] },
    {
      name: 'logger',
      instances: [
        instance('logger-1', 5001, { degraded: { queue: 'it cannot be reached: connection refused' } }),
        instance('logger-2', 5002, { state: 'starting', version: '0.1.1' }),
      ],
    },
    { name: 'math', instances: [instance('math-1', 7090)] },
    { name: 'operations', instances: [instance('operations-1', 8083)] },
  ],
  routes: [
    route('POST /v1/events/logs', 'broker', 'event', null, [210.4, 0, 4]),
    route('POST /v1/logs', 'broker', 'grpc', 'logger', [80.2, 1.5, 12]),
    route('GET /v1/logs', 'broker', 'grpc', 'logger', [6.1, 0, 41]),
    route('math', 'broker', 'http', 'math', [3.2, 0, 8]),
    route('POST /v1/sessions', 'broker', 'http', 'authenticator', [0.4, 0, 260]),
    route('GET /v1/me', 'broker', 'http', 'authenticator', [12.8, 0, 6]),
    route('GET /v1/admin/mesh', 'broker', 'http', 'operations', [1, 0, 9]),
    route('store-logs', 'listener', 'grpc', 'logger', [209.8, 0, 18]),
    route('store-audit', 'listener', 'grpc', 'logger', [0.4, 0, 9]),
  ],
  alarms: [
    'logger at logger-1 is degraded: queue: it cannot be reached: connection refused',
    'v1.listener.store-logs: its oldest message is 93 s old',
  ],
  heard_since: ago(86_000),
};

function queue(name: string, changed: object = {}) {
  const figures = { ready: 0, unacked: 0, depth: 0, consumers: 1, rate_in: 0, rate_out: 0, oldest_age_seconds: 0 };
  return { name, kind: 'work', service: 'listener', ...figures, paused: false, unknown: {}, ...changed };
}

const none = { rate_in: null, rate_out: null };
const passes = 'nobody counts what goes through a queue without consumers';
const questions = 'questions are counted with the rows that ask them';
const busy = { ready: 1840, unacked: 500, depth: 2340, consumers: 2, rate_in: 212.4, rate_out: 180.2 };

export const queues = {
  queues: [
    queue('dead.listener', { kind: 'dead', rate_in: 0.2, rate_out: 0.2 }),
    queue('retry.10s', {
      ...{ kind: 'rung', service: null, ready: 31, depth: 31, consumers: 0, oldest_age_seconds: 9.4 },
      ...{ ...none, unknown: { rate_in: passes, rate_out: passes } },
    }),
    queue('retry.60s', {
      ...{ kind: 'rung', service: null, ready: 4, depth: 4, consumers: 0, oldest_age_seconds: 52 },
      ...{ ...none, unknown: { rate_in: passes, rate_out: passes } },
    }),
    queue('rpc.authenticator', {
      ...{ kind: 'rpc', service: 'authenticator', consumers: 2 },
      ...{ ...none, unknown: { rate_in: questions, rate_out: questions } },
    }),
    queue('v1.listener.store-audit', { consumers: 2, rate_in: 0.4, rate_out: 0.4 }),
    queue('v1.listener.store-logs', { ...busy, oldest_age_seconds: 93.4 }),
    queue('v1.listener.store-logs.suspect', { kind: 'suspect', ready: 2, depth: 2, consumers: 1 }),
  ],
};

/** What stands in the place of the broker's answers. */
export type State = 'data' | 'empty' | 'error' | 'offline';

interface Live {
  figures: Record<string, unknown>;
  state: State;
  /** Figures of queues that go up and down every five seconds, until they are what they were after five minutes. */
  moving: boolean;
}

/** A live connection that says hello and these figures, and then only that it is there. */
function liveInPage({ figures, state, moving }: Live): void {
  const send = window.fetch;
  const steps = 60;
  type Queue = { name: string; ready: number; unacked: number; rate_in: number | null; rate_out: number | null };
  const moved = (queue: Queue, step: number) => {
    const wave = (of: number) => 1 - 0.5 * Math.sin((Math.PI * of * (steps - step)) / steps + queue.name.length) ** 2;
    const by = step === steps ? () => 1 : wave;
    const [ready, unacked] = [Math.round(queue.ready * by(3)), Math.round(queue.unacked * by(5))];
    const rate = (told: number | null, of: number) => (told === null ? null : told * by(of));
    const rates = { rate_in: rate(queue.rate_in, 4), rate_out: rate(queue.rate_out, 7) };
    return { ...queue, ...rates, ready, unacked, depth: ready + unacked };
  };
  window.fetch = (input, init) => {
    const url = String(input instanceof Request ? input.url : input);
    if (!url.includes('/v1/live')) return send(input, init);
    if (state === 'offline') return Promise.reject(new TypeError('Failed to fetch'));
    const words = new TextEncoder();
    const topics = Object.keys(figures).filter((topic) => url.includes(topic));
    const said = [['hello', { session: 'a', topics, ping_ms: 10_000 }] as const];
    const told = topics.map((topic) => ['snapshot', { topic, data: figures[topic] }] as const);
    const body = new ReadableStream({
      start(stream) {
        for (const [event, data] of [...said, ...(state === 'error' ? [] : told)]) {
          stream.enqueue(words.encode(`event: ${event}\ndata: ${JSON.stringify(data)}\n\n`));
        }
        if (!moving || !topics.includes('queues')) return;
        let step = 0;
        const timer = setInterval(() => {
          step += 1;
          const { queues } = figures.queues as { queues: Queue[] };
          const data = { topic: 'queues', data: { queues: queues.map((queue) => moved(queue, step)) } };
          stream.enqueue(words.encode(`event: snapshot\ndata: ${JSON.stringify(data)}\n\n`));
          if (step === steps) clearInterval(timer);
        }, 5_000);
      },
    });
    return Promise.resolve(new Response(body, { headers: { 'content-type': 'text/event-stream' } }));
  };
}

const nothing: Record<string, unknown> = {
  '/v1/admin/mesh': { ...mesh, services: [], routes: [], alarms: [] },
  '/v1/admin/queues': { queues: [] },
  '/v1/admin/dead-letters/groups': { groups: [], more: false },
  '/v1/admin/dead-letters': { letters: [] },
  '/v1/admin/operations': { operations: [] },
  '/v1/users': { users: [] },
  '/v1/logs': { entries: [], next_cursor: '' },
  '/v1/me/addresses': { addresses: [] },
  '/v1/me/api-keys': { api_keys: [] },
};

const problem = {
  type: 'about:blank',
  title: 'Service Unavailable',
  status: 503,
  detail: 'operations does not answer: connection refused; is it running?',
  trace_id: 'c35d9b50278b4ad19914d86bbf88ae8c',
};

export async function stage(page: Page, state: State = 'data', moving = false): Promise<void> {
  const empty = state === 'empty';
  const figures = empty ? { mesh: nothing['/v1/admin/mesh'], queues: nothing['/v1/admin/queues'] } : { mesh, queues };
  await page.addInitScript(liveInPage, { figures, state, moving });
  await page.route('**/v1/**', async (route) => {
    const { pathname } = new URL(route.request().url());
    const isSession = pathname.startsWith('/v1/sessions') && route.request().method() === 'POST';
    if (isSession || route.request().method() !== 'GET') return route.fallback();
    if (state === 'offline') return route.abort('internetdisconnected');
    if (state === 'error') {
      return route.fulfill({ status: 503, contentType: 'application/problem+json', body: JSON.stringify(problem) });
    }
    if (empty && pathname in nothing) return route.fulfill({ json: nothing[pathname] });
    if (pathname === '/v1/admin/mesh') return route.fulfill({ json: mesh });
    if (pathname === '/v1/admin/queues') return route.fulfill({ json: queues });
    return route.fallback();
  });
}
