import { describe, expect, it } from 'vitest';
import { History, KEPT, MOST_POINTS } from './history';
import { queue } from './queues.fixture';
import { sparkPath } from './spark';

const NAME = 'v1.listener.store-logs';
const START = 1_000_000_000;

function at(history: History, second: number, depth: number | null, ready: number | null = 0): void {
  history.add(START + second * 1000, [queue(NAME, { depth, ready })]);
}

describe('the history of a queue', () => {
  it('keeps five minutes, and the value that held when they began', () => {
    const history = new History();
    at(history, 0, 1);
    at(history, 10, 2);
    at(history, 320, 3);
    expect(history.of(NAME).map(({ depth }) => depth)).toEqual([2, 3]);
  });

  it('has a bound, however fast snapshots come', () => {
    const history = new History();
    for (let step = 1; step <= 2 * MOST_POINTS; step += 1)
      history.add(START + step * 10, [queue(NAME, { depth: step })]);
    expect(history.of(NAME)).toHaveLength(MOST_POINTS);
    expect(history.of(NAME).at(-1)?.depth).toBe(2 * MOST_POINTS);
  });

  it('takes each moment once', () => {
    const history = new History();
    at(history, 1, 1);
    at(history, 1, 9);
    at(history, 0, 9);
    expect(history.of(NAME).map(({ depth }) => depth)).toEqual([1]);
  });

  it('takes what is ready for the depth that nobody tells', () => {
    const history = new History();
    at(history, 0, null, 7);
    expect(history.of(NAME).at(-1)?.depth).toBe(7);
  });

  it('forgets a queue that is gone', () => {
    const history = new History();
    at(history, 0, 1);
    history.add(START + KEPT + 1, [queue('other')]);
    expect(history.of(NAME)).toEqual([]);
  });

  it('has a gap while nobody looks', () => {
    const history = new History();
    at(history, 0, 1);
    history.pause(START + 1000);
    history.pause(START + 2000);
    at(history, 10, 2);
    expect(history.of(NAME).map(({ depth }) => depth)).toEqual([1, null, 2]);
  });
});

describe('a sparkline', () => {
  const box = { width: 100, height: 22 };
  const point = (second: number, depth: number | null) => ({
    at: START + second * 1000,
    depth,
    ready: null,
    unacked: null,
    in: null,
    out: null,
  });

  it('stays level until the next value, and until now', () => {
    const path = sparkPath([point(0, 0), point(150, 10)], START + 300_000, box);
    expect(path).toBe('M0 21H50V1H100');
  });

  it('leaves a gap where nobody looked', () => {
    const path = sparkPath([point(0, 10), point(75, null), point(225, 10)], START + 300_000, box);
    expect(path).toBe('M0 1H25M75 1H100');
  });

  it('lies on the floor where the queue is empty', () => {
    expect(sparkPath([point(0, 0)], START + 300_000, box)).toBe('M0 21H100');
  });
});
