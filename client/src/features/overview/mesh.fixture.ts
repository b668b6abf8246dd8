/** A mesh with a bit of everything: two loggers of which one is degraded, errors, events, dead letters. */
import type { LetterGroups } from '@/api/types';
import type { Door, Instance, Mesh, QueueNames, Route } from './types';

function instance(name: string, changed: Partial<Instance> = {}): Instance {
  return {
    instance: name,
    version: '0.1.0',
    address: 'http://127.0.0.1:8081',
    state: 'ready',
    degraded: {},
    started_at: '2026-01-02T03:04:05Z',
    last_seen: '2026-01-02T04:04:05Z',
    ...changed,
  };
}

export const mesh: Mesh = {
  services: [
    { name: 'authenticator', instances: [instance('one')] },
    { name: 'broker', instances: [instance('one')] },
    { name: 'listener', instances: [instance('one')] },
    {
      name: 'logger',
      instances: [
        instance('one', { degraded: { queue: 'it cannot be reached: connection refused' } }),
        instance('two', { state: 'starting', version: '0.1.1' }),
      ],
    },
    { name: 'math', instances: [instance('one')] },
    { name: 'operations', instances: [instance('one')] },
  ],
  routes: [
    route('POST /v1/events/logs', 210.4, 0, 'event', null, 4),
    route('POST /v1/logs', 80, 0, 'grpc', 'logger', 12),
    route('log', 20.5, 1.5, 'grpc', 'logger', 31),
    route('math', 3.2, 0, 'http', 'math', 8),
    route('POST /v1/sessions', 0.4, 0, 'http', 'authenticator', 260),
    route('POST /v1/users', 0.1, 0, 'rpc', 'authenticator', 280),
    route('GET /v1/admin/mesh', null, null, 'http', 'operations', null),
    route('store-logs', 209.8, 0, 'grpc', 'logger', 18, 'listener'),
    route('store-audit', 0.4, 0, 'grpc', 'logger', 9, 'listener'),
  ],
  alarms: [
    'logger at one is degraded: queue: it cannot be reached: connection refused',
    'v1.listener.store-logs: its oldest message is 93 s old',
    '12 dead letters of listener wait to be looked at',
  ],
  heard_since: '2026-01-02T03:04:00Z',
};

function route(
  name: string,
  calls: number | null,
  errors: number | null,
  line: string,
  service: string | null,
  p95: number | null,
  door: Door = 'broker',
): Route {
  return { route: name, calls_per_second: calls, errors_per_second: errors, line, service, door, p95_ms: p95 };
}

export const queues: QueueNames = {
  queues: [
    { name: 'dead.listener' },
    { name: 'v1.listener.store-audit' },
    { name: 'v1.listener.store-logs' },
    { name: 'v1.listener.store-logs.suspect' },
  ],
};

export const groups: LetterGroups = {
  groups: [
    {
      queue: 'v1.listener.store-logs',
      kind: 'log.INFO',
      cause: 'logger refused the entry: data has more than 256 KiB',
      count: 12,
      first: '2026-01-02T03:40:00Z',
      last: '2026-01-02T04:02:00Z',
    },
  ],
  more: false,
};
