import { describe, expect, it } from 'vitest';
import { failures, handledAt } from './failures';
import { groups, mesh, queues } from './mesh.fixture';

const names = queues.queues.map(({ name }) => name);

describe('recent failures', () => {
  it('are rows with errors, degraded parts and dead letters, each with its place', () => {
    expect(failures(mesh, groups.groups).map(({ kind, place }) => [kind, place])).toEqual([
      ['route', { to: '/overview', hash: 'service-logger' }],
      ['part', { to: '/overview', hash: 'service-logger' }],
      [
        'letters',
        {
          to: '/dead-letters',
          search: { cause: 'logger refused the entry: data has more than 256 KiB', queue: 'v1.listener.store-logs' },
        },
      ],
    ]);
  });
});

describe('an alarm leads to where it can be handled', () => {
  it.each([
    ['12 dead letters of listener wait to be looked at', '/dead-letters', { service: 'listener', state: 'dead' }],
    ['1 dead letter of listener waits to be looked at', '/dead-letters', { service: 'listener', state: 'dead' }],
    ['v1.listener.store-logs has 3 messages and no consumer', '/queues', { name: 'v1.listener.store-logs' }],
    [
      'v1.listener.store-logs.suspect: its oldest message is 61 s old',
      '/queues',
      { name: 'v1.listener.store-logs.suspect' },
    ],
    ['3 events a minute are refused because no queue is bound for them', '/queues', undefined],
    ['logger at one is degraded: queue: connection refused', '/overview', undefined],
  ])('%s', (alarm, to, search) => {
    expect(handledAt(alarm, mesh, names)).toMatchObject({ to, ...(search && { search }) });
  });

  it('leads nowhere where nobody knows of it', () => {
    expect(handledAt('something new', mesh, names)).toBeUndefined();
  });
});
