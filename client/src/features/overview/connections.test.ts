import { describe, expect, it } from 'vitest';
import { connections } from './connections';
import { mesh } from './mesh.fixture';

describe('rows are joined to edges', () => {
  const joined = connections(mesh.routes);
  const of = (door: string, target?: string) => joined.find((it) => it.door === door && it.target === target);

  it('has one edge for each door and whom it calls, doors in order', () => {
    expect(joined.map(({ door, target }) => `${door} ${target}`)).toEqual([
      'broker authenticator',
      'broker logger',
      'broker math',
      'broker operations',
      'broker queue',
      'listener logger',
    ]);
  });

  it('adds up calls and errors, and tells the slowest p95 and every line', () => {
    expect(of('broker', 'logger')).toMatchObject({ calls: 100.5, errors: 1.5, p95: 31, lines: ['grpc'] });
    expect(of('broker', 'authenticator')).toMatchObject({ p95: 280, lines: ['http', 'rpc'] });
  });

  it('does not make a nought of what nobody knows', () => {
    expect(of('broker', 'operations')).toMatchObject({ calls: null, errors: null, p95: null });
  });

  it('takes the door that a row tells, whatever the row is called', () => {
    const row = { calls_per_second: 1, errors_per_second: 0, line: 'grpc', service: 'logger', p95_ms: 1 };
    const told = [
      { ...row, route: 'log', door: 'listener' as const },
      { ...row, route: 'event log.#', door: 'broker' as const },
    ];
    expect(connections(told).map(({ door, routes }) => [door, routes[0]?.route])).toEqual([
      ['broker', 'event log.#'],
      ['listener', 'log'],
    ]);
  });

  it('puts rows together of which nobody tells whom they call', () => {
    const nothing = { line: null, service: null, door: null, p95_ms: null };
    const old = [
      { ...nothing, route: 'GET /v1/a', calls_per_second: 1, errors_per_second: 0 },
      { ...nothing, route: 'GET /v1/b', calls_per_second: 2, errors_per_second: null },
    ];
    expect(connections(old)).toMatchObject([{ door: 'broker', target: undefined, calls: 3, errors: 0, p95: null }]);
  });
});
