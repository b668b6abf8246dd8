/** The session as tabs live through it: fake clocks, a fake channel between tabs, and an authenticator of one page. */
import { afterEach, beforeEach, expect, test, vi } from 'vitest';
import { Problem } from '@/api/problem';
import type { SessionStore } from './session';
import { createSession, type Told } from './store';

const ada = { id: 'a', email: 'ada@example.com', first_name: 'Ada', last_name: 'Lovelace', role: 'user' };
const grace = { id: 'g', email: 'grace@example.com', first_name: 'Grace', last_name: 'Hopper', role: 'admin' };
const offline = () => new Problem({ title: 'no answer', status: 0 });
const over = () => new Problem({ title: 'over', status: 401 });

/** One browser with one cookie, and the authenticator that it talks to. */
function browser() {
  const tabs: { take?: (told: Told) => void; wake?: () => void }[] = [];
  const world = {
    cookie: undefined as typeof ada | undefined,
    refreshed: 0,
    failing: undefined as (() => Problem) | undefined,
    resets: 0,
    hint: false,
    lock: Promise.resolve() as Promise<unknown>,
    token: 0,
    wakeAll: () => {
      for (const tab of tabs) tab.wake?.();
    },
    tab(): SessionStore {
      const self: (typeof tabs)[number] = {};
      tabs.push(self);
      const grant = (user: typeof ada) => ({ access_token: `t${++world.token}`, expires_in: 600, user });
      return createSession({
        monotonic: () => performance.now(),
        channel: {
          say: (told) => {
            for (const tab of tabs) if (tab !== self) queueMicrotask(() => tab.take?.(structuredClone(told)));
          },
          hear: (take) => {
            self.take = take;
          },
        },
        alone: (work) => {
          const turn = world.lock.then(work);
          world.lock = turn.catch(() => undefined);
          return turn;
        },
        hint: { get: () => world.hint, set: (maybe) => (world.hint = maybe) },
        onWake: (wake) => {
          self.wake = wake;
        },
        reset: () => world.resets++,
        door: {
          async signIn(email) {
            world.cookie = email === grace.email ? grace : ada;
            return grant(world.cookie);
          },
          async refresh() {
            world.refreshed++;
            if (world.failing) throw world.failing();
            if (!world.cookie) throw over();
            return grant(world.cookie);
          },
          async signOut() {
            world.cookie = undefined;
          },
          async signOutEverywhere() {
            world.cookie = undefined;
          },
        },
      });
    },
  };
  return world;
}

beforeEach(() => {
  vi.useFakeTimers({ toFake: ['setTimeout', 'clearTimeout', 'Date', 'performance'] });
});
afterEach(() => {
  vi.useRealTimers();
});

test('a browser in which nobody signed in asks the server nothing', async () => {
  const world = browser();
  const tab = world.tab();
  expect(tab.current().state).toBe('starting');
  await tab.start();
  expect(tab.current().state).toBe('out');
  expect(world.refreshed).toBe(0);
  expect(await tab.token()).toBeUndefined();
});

test('the token is renewed at half of its lifetime and not before', async () => {
  const world = browser();
  const tab = world.tab();
  await tab.signIn(ada.email, 'x');
  expect(await tab.token()).toBe('t1');
  await vi.advanceTimersByTimeAsync(299_000);
  expect(world.refreshed).toBe(0);
  await vi.advanceTimersByTimeAsync(2000);
  expect(world.refreshed).toBe(1);
  expect(await tab.token()).toBe('t2');
});

test('a clock that is put forward or back by an hour ends nothing', async () => {
  for (const hours of [1, -1]) {
    const world = browser();
    const tab = world.tab();
    await tab.signIn(ada.email, 'x');
    vi.setSystemTime(Date.now() + hours * 3_600_000);
    expect(await tab.token()).toMatch(/^t[12]$/);
    await vi.advanceTimersByTimeAsync(301_000);
    expect(tab.current().state).toBe('in');
    expect(world.refreshed).toBeGreaterThan(0);
    expect(world.refreshed).toBeLessThan(3);
  }
});

test('after a sleep in which timers stood still the token is renewed before it is used', async () => {
  const world = browser();
  const tab = world.tab();
  await tab.signIn(ada.email, 'x');
  vi.setSystemTime(Date.now() + 3_600_000);
  world.wakeAll();
  expect(await tab.token()).toBe('t2');
});

test('two tabs have one token, renewed once for both', async () => {
  const world = browser();
  const [one, two] = [world.tab(), world.tab()];
  await two.start();
  await one.signIn(ada.email, 'x');
  await vi.advanceTimersByTimeAsync(0);
  expect(two.current()).toEqual({ state: 'in', user: ada });
  expect(await two.token()).toBe('t1');
  await vi.advanceTimersByTimeAsync(310_000);
  expect(world.refreshed).toBe(1);
  expect(await one.token()).toBe(await two.token());
});

test('a new tab takes the token of an old one', async () => {
  const world = browser();
  const one = world.tab();
  await one.signIn(ada.email, 'x');
  world.failing = offline;
  const two = world.tab();
  await two.start();
  await vi.advanceTimersByTimeAsync(0);
  expect(two.current().state).toBe('in');
  expect(await two.token()).toBe('t1');
});

test('signing out in one tab signs out the other', async () => {
  const world = browser();
  const [one, two] = [world.tab(), world.tab()];
  await two.start();
  await one.signIn(ada.email, 'x');
  await vi.advanceTimersByTimeAsync(0);
  await two.signOut(true);
  await vi.advanceTimersByTimeAsync(0);
  expect([one.current().state, two.current().state]).toEqual(['out', 'out']);
  expect(world.hint).toBe(false);
});

test('another user who signs in elsewhere replaces this one, and everything is reset', async () => {
  const world = browser();
  const [one, two] = [world.tab(), world.tab()];
  await one.signIn(ada.email, 'x');
  await vi.advanceTimersByTimeAsync(0);
  await two.start();
  await two.signIn(grace.email, 'x');
  await vi.advanceTimersByTimeAsync(0);
  expect(one.current().user).toEqual(grace);
  expect(world.resets).toBe(2);
});

test('a refused token is renewed', async () => {
  const world = browser();
  const tab = world.tab();
  await tab.signIn(ada.email, 'x');
  expect(await tab.refused('t1')).toBe('t2');
  expect(await tab.refused('t1')).toBe('t2');
  expect(world.refreshed).toBe(1);
});

test('an expired session keeps its user, and who waits goes on once they signed in again', async () => {
  const world = browser();
  const tab = world.tab();
  await tab.signIn(ada.email, 'x');
  world.cookie = undefined;
  const waiting = [tab.refused('t1'), tab.refused('t1')];
  await vi.advanceTimersByTimeAsync(0);
  expect(tab.current()).toEqual({ state: 'expired', user: ada });
  const later = tab.token();
  await tab.signIn(ada.email, 'x');
  expect(await Promise.all([...waiting, later])).toEqual(['t2', 't2', 't2']);
  expect(world.resets).toBe(0);
});

test('what waits for one user is never asked as another', async () => {
  const world = browser();
  const tab = world.tab();
  await tab.signIn(ada.email, 'x');
  world.cookie = undefined;
  const waiting = tab.refused('t1');
  await vi.advanceTimersByTimeAsync(0);
  const later = tab.token();
  await tab.signIn(grace.email, 'x');
  expect(await waiting).toBeUndefined();
  expect(await later).toBeUndefined();
  expect(world.resets).toBe(1);
});

test('want of a network is no expiry: it is tried again until it is back', async () => {
  const world = browser();
  const tab = world.tab();
  await tab.signIn(ada.email, 'x');
  world.failing = offline;
  await vi.advanceTimersByTimeAsync(560_000);
  expect(tab.current().state).toBe('in');
  expect(world.refreshed).toBeGreaterThan(5);
  expect(world.refreshed).toBeLessThan(30);
  await expect(tab.refused('t1')).rejects.toMatchObject({ status: 0 });
  world.failing = undefined;
  world.wakeAll();
  await vi.advanceTimersByTimeAsync(0);
  expect(await tab.token()).toBe('t2');
});

test('without an answer at the start it keeps trying and says why', async () => {
  const world = browser();
  world.hint = true;
  world.cookie = ada;
  world.failing = offline;
  const tab = world.tab();
  await tab.start();
  expect(tab.current()).toMatchObject({ state: 'starting', trouble: { status: 0 } });
  const token = tab.token();
  world.failing = undefined;
  await vi.advanceTimersByTimeAsync(2000);
  expect(await token).toBe('t1');
  expect(tab.current().state).toBe('in');
});

test('a changed name is known in every tab', async () => {
  const world = browser();
  const [one, two] = [world.tab(), world.tab()];
  await two.start();
  await one.signIn(ada.email, 'x');
  await vi.advanceTimersByTimeAsync(0);
  one.changed({ ...ada, last_name: 'King' });
  await vi.advanceTimersByTimeAsync(0);
  expect(two.current().user?.last_name).toBe('King');
});
