import { describe, expect, it } from 'vitest';
import { queue } from './queues.fixture';
import { lettersOf, stateOf } from './status';

describe('the state of a queue', () => {
  it.each([
    ['idle', queue('q')],
    ['working', queue('q', { unacked: 1 })],
    ['paused', queue('q', { paused: true, ready: 3, consumers: 0 })],
    ['deserted', queue('q', { ready: 3, consumers: 0 })],
    ['behind', queue('q', { ready: 3, oldest_age_seconds: 61 })],
    ['lost', queue('q', { kind: 'unroutable', ready: 3, consumers: 0 })],
    ['waiting', queue('q', { kind: 'rung', ready: 3, consumers: 0, oldest_age_seconds: 3_000 })],
  ])('is %s', (state, queue) => {
    expect(stateOf(queue)).toBe(state);
  });
});

describe('the dead letters of a queue', () => {
  it('are found by the work queue, also from its suspects, and by service from a queue of dead letters', () => {
    expect(lettersOf(queue('v1.a.b'))).toEqual({ queue: 'v1.a.b' });
    expect(lettersOf(queue('v1.a.b.suspect', { kind: 'suspect' }))).toEqual({ queue: 'v1.a.b' });
    expect(lettersOf(queue('dead.a', { kind: 'dead', service: 'a' }))).toEqual({ service: 'a' });
    expect(lettersOf(queue('retry.10s', { kind: 'rung' }))).toBeUndefined();
  });
});
