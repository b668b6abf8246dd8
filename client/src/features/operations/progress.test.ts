import { expect, it } from 'vitest';
import type { Operation } from './api';
import { average, measured, noted, type Sample, settled, share, timeLeft } from './progress';

const operation: Operation = {
  id: '1',
  kind: 'replay',
  state: 'running',
  total: 1000,
  done: 200,
  failed: 20,
  skipped: 30,
  rate: 50,
  force: false,
  who: '2',
  created_at: '2026-11-21T20:00:00Z',
  started_at: '2026-11-21T20:00:00Z',
  ended_at: null,
  error: null,
};

it('what is done, failed or left out is behind it', () => {
  expect(settled(operation)).toBe(250);
  expect(share(operation)).toBe(0.25);
  expect(share({ total: 0, done: 0, failed: 0, skipped: 0 })).toBe(1);
});

it('the rate is that of the last half minute, and unknown until two answers are far enough apart', () => {
  const told = [0, 500, 20_000, 40_000].map((at) => ({ at, settled: at / 10 }));
  const after = (count: number) => told.slice(0, count).reduce<Sample[]>(noted, []);
  expect(measured(after(1))).toBeUndefined();
  expect(measured(after(2))).toBeUndefined();
  expect(measured(after(3))).toBe(100);
  expect(after(4).map((sample) => sample.at)).toEqual([20_000, 40_000]);
  expect(measured(noted(after(4), { at: 50_000, settled: 4_000 }))).toBeCloseTo(66.7, 1);
});

it('an answer that came late counts nothing, and a count that went back begins anew', () => {
  const samples = [{ at: 10, settled: 5 }];
  expect(noted(samples, { at: 10, settled: 9 })).toBe(samples);
  expect(noted(samples, { at: 20, settled: 1 })).toEqual([{ at: 20, settled: 1 }]);
});

it('the time left is told while it runs and goes on', () => {
  expect(timeLeft(operation, 50)).toBe(15);
  expect(timeLeft(operation, 0)).toBeUndefined();
  expect(timeLeft(operation, undefined)).toBeUndefined();
  expect(timeLeft({ ...operation, state: 'stopped' }, 50)).toBeUndefined();
});

it('the average of what is over comes from the times of the server', () => {
  expect(average(operation)).toBeUndefined();
  expect(average({ ...operation, ended_at: '2026-11-21T20:00:10Z' })).toBe(25);
});
