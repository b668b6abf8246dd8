/** The server's clock, told by answers, on machines whose own is right and wrong. */
import { afterEach, expect, test, vi } from 'vitest';
import { hearClock, serverAhead, serverNow } from './clock';

const answer = (date: string) => new Response('{}', { headers: { date } });
const noon = Date.parse('2026-11-21T12:00:00Z');

afterEach(() => vi.useRealTimers());

test('a clock that is an hour wrong is put right, in both directions', () => {
  for (const hours of [1, -1]) {
    vi.useFakeTimers({ now: noon + hours * 3_600_000 });
    hearClock(answer('Sat, 21 Nov 2026 12:00:00 GMT'));
    expect(serverNow()).toBe(noon);
  }
});

test('a clock that differs by what a call takes is right, and an answer without a time says nothing', () => {
  vi.useFakeTimers({ now: noon + 2_000 });
  hearClock(answer('Sat, 21 Nov 2026 12:00:00 GMT'));
  expect(serverAhead()).toBe(0);
  hearClock(new Response('{}'));
  hearClock(answer('nonsense'));
  expect(serverAhead()).toBe(0);
});
