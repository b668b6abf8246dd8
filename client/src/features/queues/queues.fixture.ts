/** Queues as a real mesh has them: one at work, one behind, one without figures, one that is empty. */
import type { Queue, Queues } from './types';

export function queue(name: string, changed: Partial<Queue> = {}): Queue {
  return {
    name,
    kind: 'work',
    service: 'listener',
    ready: 0,
    unacked: 0,
    depth: 0,
    consumers: 1,
    rate_in: 0,
    rate_out: 0,
    oldest_age_seconds: 0,
    paused: false,
    unknown: {},
    ...changed,
  };
}

const passes = 'nobody counts what goes through a queue without consumers';
const asked = 'questions are counted with the rows that ask them';

export const queues: Queues = {
  queues: [
    queue('dead.listener', { kind: 'dead', rate_in: 0.2, rate_out: 0.2 }),
    queue('retry.10s', {
      kind: 'rung',
      service: null,
      ready: 31,
      depth: 31,
      consumers: 0,
      rate_in: null,
      rate_out: null,
      oldest_age_seconds: 9.4,
      unknown: { rate_in: passes, rate_out: passes },
    }),
    queue('rpc.authenticator', {
      kind: 'rpc',
      service: 'authenticator',
      consumers: 2,
      rate_in: null,
      rate_out: null,
      unknown: { rate_in: asked, rate_out: asked },
    }),
    queue('v1.listener.store-audit', { rate_in: 0.4, rate_out: 0.4 }),
    queue('v1.listener.store-logs', {
      ready: 1840,
      unacked: 500,
      depth: 2371,
      consumers: 2,
      rate_in: 212.4,
      rate_out: 180.2,
      oldest_age_seconds: 93.4,
    }),
    queue('v1.listener.store-logs.suspect', {
      kind: 'suspect',
      ready: 2,
      depth: null,
      unacked: null,
      consumers: 0,
      rate_in: null,
      rate_out: null,
      unknown: { depth: 'AMQP does not tell', unacked: 'AMQP does not tell' },
    }),
    queue('v1.mailer.send', {
      service: 'mailer',
      ready: 12,
      depth: 12,
      consumers: 1,
      paused: true,
      oldest_age_seconds: 41,
    }),
  ],
};
