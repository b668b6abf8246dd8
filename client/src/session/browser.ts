/** What the session needs of this browser: cookies by fetch, clocks, other tabs, and a reload where all must go. */
import { Problem } from '@/api/problem';
import { nonsense, request } from '@/api/request';
import type { Door, Grant, Parts, Told } from './store';

const name = 'switchboard.session';

export function browserParts(): Parts {
  let tabs: BroadcastChannel | undefined;
  return {
    door,
    monotonic: () => performance.now(),
    channel: {
      say: (told) => tabs?.postMessage(told),
      hear(take) {
        if (typeof BroadcastChannel === 'undefined') return;
        tabs = new BroadcastChannel(name);
        tabs.onmessage = (message: MessageEvent<Told>) => take(message.data);
      },
    },
    alone,
    hint,
    onWake(wake) {
      window.addEventListener('online', wake);
      window.addEventListener('pageshow', wake);
      document.addEventListener('visibilitychange', () => document.visibilityState === 'visible' && wake());
    },
    reset: () => window.location.assign('/'),
  };
}

const door: Door = {
  signIn: async (email, password) =>
    grantOf(await request('/v1/sessions', { method: 'POST', body: { email, password, browser: true } })),
  refresh: async () => grantOf(await request('/v1/sessions/refresh', { method: 'POST', body: {} })),
  signOut: () => unlessOver(request('/v1/sessions/current', { method: 'DELETE', keepalive: true })),
  signOutEverywhere: (token) => request('/v1/sessions', { method: 'DELETE' }, token),
};

/** Whoever leaves a session that is over has left it. */
async function unlessOver(call: Promise<unknown>): Promise<void> {
  try {
    await call;
  } catch (error) {
    if (!(error instanceof Problem) || error.status !== 401) throw error;
  }
}

/** A server that answers nonsense must not look like one that signed somebody in. */
function grantOf(answer: unknown): Grant {
  const { access_token, expires_in, user } = (answer ?? {}) as Partial<Grant>;
  const isGrant =
    typeof access_token === 'string' &&
    typeof expires_in === 'number' &&
    expires_in > 0 &&
    typeof user?.id === 'string' &&
    typeof user.email === 'string';
  if (!isGrant) throw nonsense();
  return { access_token, expires_in, user };
}

/** A tab that holds the lock and hangs must not keep the others out for ever: the server bears two at once. */
async function alone<T>(work: () => Promise<T>): Promise<T> {
  // Plain HTTP on a machine's own name has no locks.
  if (!('locks' in navigator)) return work();
  let hasBegun = false;
  try {
    return await navigator.locks.request(name, { signal: AbortSignal.timeout(15_000) }, () => {
      hasBegun = true;
      return work();
    });
  } catch (error) {
    if (hasBegun) throw error;
    return work();
  }
}

/** Says no more than that somebody signed in here once. */
const hint: Parts['hint'] = {
  get() {
    try {
      return localStorage.getItem(name) !== null;
    } catch {
      return true;
    }
  },
  set(maybe) {
    try {
      if (maybe) localStorage.setItem(name, 'maybe');
      else localStorage.removeItem(name);
    } catch {
      // Without storage the cookie is tried each time.
    }
  },
};
