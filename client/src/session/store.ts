/** The session without React: who is signed in, until when the token is good, and what other tabs are told. Everything
 *  that the browser lends it comes in from outside, so that tests can be the browser. */
import type { Problem } from '@/api/problem';
import type { Session, SessionStore, User } from './session';

/** What a sign-in or a renewal answers. */
export interface Grant {
  access_token: string;
  /** Seconds. */
  expires_in: number;
  user: User;
}

/** Calls by cookie; each rejects with a `Problem`. */
export interface Door {
  signIn(email: string, password: string): Promise<Grant>;
  refresh(): Promise<Grant>;
  signOut(): Promise<void>;
  signOutEverywhere(token: string): Promise<void>;
}

export type Told =
  /** The token's age when it was told of, and the wall clock then: tabs share it, right or wrong. */
  | { kind: 'granted'; grant: Grant; age: number; at: number }
  | { kind: 'changed'; user: User }
  | { kind: 'out' }
  | { kind: 'hello' };

export interface Parts {
  door: Door;
  /** Milliseconds that only go up. */
  monotonic(): number;
  /** Other tabs; what is said is not heard by the one who says it. */
  channel: { say(told: Told): void; hear(take: (told: Told) => void): void };
  /** One tab at a time: cookies have one place. */
  alone<T>(work: () => Promise<T>): Promise<T>;
  /** Whether a cookie may be there; asking the server for one that is not would only make errors. */
  hint: { get(): boolean; set(maybe: boolean): void };
  /** Calls back whenever time may have passed unseen: the tab is shown again, the network is back. */
  onWake(wake: () => void): void;
  /** Another user is here: nothing of the one before may stay. */
  reset(): void;
}

interface Held {
  grant: Grant;
  /** Milliseconds of both clocks when the token was asked for. */
  born: number;
  bornAt: number;
}

/** Renewed from here on; waited for from there on, as it may be over before a call arrives. */
const due = 0.5;
const nearlyOver = 0.9;
const longestPause = 30_000;

export function createSession(parts: Parts): SessionStore {
  const watchers = new Set<() => void>();
  let state: Session = { state: 'starting' };
  let held: Held | undefined;
  let lastUser: string | undefined;
  let starting: Promise<void> | undefined;
  let renewing: Promise<void> | undefined;
  let failures = 0;
  let timer: ReturnType<typeof setTimeout> | undefined;
  let waiting: (() => void)[] = [];

  function become(next: Session): void {
    state = next;
    if (next.state === 'in' || next.state === 'out') {
      const told = waiting;
      waiting = [];
      for (const tell of told) tell();
    }
    for (const watcher of watchers) watcher();
  }

  const isOut = () => state.state === 'out';

  /** By whichever clock has moved further: one stands still while the machine sleeps, the other can be set back. */
  function age(of: Held): number {
    return Math.max(parts.monotonic() - of.born, Date.now() - of.bornAt, 0);
  }

  const lifetime = (of: Held) => of.grant.expires_in * 1000;

  function adopt(grant: Grant, ageThen: number): void {
    const isOther = lastUser !== undefined && lastUser !== grant.user.id;
    held = { grant, born: parts.monotonic() - ageThen, bornAt: Date.now() - ageThen };
    lastUser = grant.user.id;
    failures = 0;
    parts.hint.set(true);
    plan(lifetime(held) * due - age(held));
    if (isOther) {
      // Whoever waits was asking for somebody else.
      become({ state: 'out' });
      parts.reset();
    }
    become({ state: 'in', user: grant.user });
  }

  function leave(): void {
    clearTimeout(timer);
    held = undefined;
    parts.hint.set(false);
    become({ state: 'out' });
  }

  function plan(milliseconds: number): void {
    clearTimeout(timer);
    timer = setTimeout(() => void renew().catch(() => undefined), Math.max(milliseconds, 0));
  }

  /** By the cookie, once at a time; rejects where no answer came, and then tries again by itself. */
  function renew(): Promise<void> {
    renewing ??= renewOnce().finally(() => {
      renewing = undefined;
    });
    return renewing;
  }

  async function renewOnce(): Promise<void> {
    const before = held;
    await parts.alone(async () => {
      // Another tab was quicker, or the user has left.
      if (held !== before || isOut()) return;
      const asked = parts.monotonic();
      let grant: Grant;
      try {
        grant = await parts.door.refresh();
      } catch (error) {
        if (held === before) failed(error as Problem);
        if (isOver(error as Problem)) return;
        throw error;
      }
      if (held === before && !isOut()) granted(grant, parts.monotonic() - asked);
    });
  }

  function failed(problem: Problem): void {
    if (isOver(problem)) {
      clearTimeout(timer);
      if (state.user) become({ state: 'expired', user: state.user });
      else leave();
      return;
    }
    if (state.state === 'starting') become({ state: 'starting', trouble: problem });
    const pause = Math.min(1000 * 2 ** failures++, longestPause) * (0.75 + Math.random() / 2);
    plan(Math.max(pause, (problem.retryAfter ?? 0) * 1000));
  }

  function granted(grant: Grant, ageThen: number): void {
    adopt(grant, ageThen);
    parts.channel.say({ kind: 'granted', grant, age: ageThen, at: Date.now() });
  }

  function hear(told: Told): void {
    if (told.kind === 'granted') adopt(told.grant, told.age + Math.max(0, Date.now() - told.at));
    else if (told.kind === 'out') leave();
    else if (told.kind === 'changed') change(told.user);
    else if (held && state.state === 'in')
      parts.channel.say({ kind: 'granted', grant: held.grant, age: age(held), at: Date.now() });
  }

  function change(user: User): void {
    if (state.user?.id !== user.id || (state.state !== 'in' && state.state !== 'expired')) return;
    if (held) held.grant = { ...held.grant, user };
    become({ state: state.state, user });
  }

  function wake(): void {
    const isLate = held !== undefined && age(held) >= lifetime(held) * due;
    const hasFailed = failures > 0;
    if ((state.state === 'in' && (isLate || hasFailed)) || (state.state === 'starting' && hasFailed)) {
      renew().catch(() => undefined);
    }
  }

  /** The token of the user who was here, as soon as the session is good; undefined once it is somebody else's. */
  async function settled(user: string | undefined): Promise<string | undefined> {
    if (state.state === 'expired' || state.state === 'starting') await new Promise<void>((tell) => waiting.push(tell));
    if (state.state !== 'in' || (user !== undefined && state.user.id !== user)) return undefined;
    return held?.grant.access_token;
  }

  async function endAll(): Promise<void> {
    const token = await store.token();
    if (token === undefined) return;
    try {
      await parts.door.signOutEverywhere(token);
    } catch (error) {
      if (!isOver(error as Problem)) throw error;
      const renewed = await store.refused(token);
      if (renewed !== undefined) await parts.door.signOutEverywhere(renewed);
    }
  }

  async function begin(): Promise<void> {
    parts.channel.hear(hear);
    parts.onWake(wake);
    if (!parts.hint.get()) {
      leave();
      return;
    }
    parts.channel.say({ kind: 'hello' });
    await renew().catch(() => undefined);
  }

  const store: SessionStore = {
    current: () => state,
    subscribe(changed) {
      watchers.add(changed);
      return () => watchers.delete(changed);
    },
    start() {
      starting ??= begin();
      return starting;
    },
    async signIn(email, password) {
      await store.start();
      await parts.alone(async () => {
        const asked = parts.monotonic();
        const grant = await parts.door.signIn(email, password);
        granted(grant, parts.monotonic() - asked);
      });
    },
    async signOut(everywhere = false) {
      // The cookie of a session that has ended is of no more use, and needs no call to be taken away.
      if (everywhere && state.state === 'in') await endAll();
      else await parts.alone(() => parts.door.signOut());
      store.forget();
    },
    forget() {
      leave();
      parts.channel.say({ kind: 'out' });
    },
    changed(user) {
      change(user);
      parts.channel.say({ kind: 'changed', user });
    },
    async token() {
      await store.start();
      const user = state.user?.id;
      if (state.state === 'in' && held && age(held) >= lifetime(held) * due) {
        const renewal = renew().catch(() => undefined);
        if (age(held) >= lifetime(held) * nearlyOver) await renewal;
      }
      return settled(user);
    },
    async refused(token) {
      const user = state.user?.id;
      if (state.state === 'in' && held?.grant.access_token === token) await renew();
      return settled(user);
    },
  };
  return store;
}

/** Only the server can say that a session is over; that it says nothing means nothing. */
function isOver(problem: Problem): boolean {
  return problem.status === 401 || problem.status === 403;
}
