/** Who is signed in. The access token stays in memory; the refresh token is a cookie that no script reads. */
import { useSyncExternalStore } from 'react';
import type { Problem } from '@/api/problem';
import { browserParts } from './browser';
import { createSession } from './store';

export interface User {
  id: string;
  email: string;
  first_name: string;
  last_name: string;
  role: string;
}

/** `starting` until the cookie was tried; `expired` keeps the user and the screen, and asks to sign in again in place. */
export type Session =
  /** With `trouble` where no answer came to the first try; it is tried again. */
  | { state: 'starting'; user?: undefined; trouble?: Problem }
  | { state: 'out'; user?: undefined }
  | { state: 'in' | 'expired'; user: User };

export interface SessionStore {
  current(): Session;
  subscribe(changed: () => void): () => void;
  /** Tries the cookie, once, at the start. */
  start(): Promise<void>;
  signIn(email: string, password: string): Promise<void>;
  /** Everywhere ends all sessions of the user, on every machine. */
  signOut(everywhere?: boolean): Promise<void>;
  /** A token that is good now; renewed before, where that is due. While the session is expired it waits for the user.
   *  Undefined when signed out. */
  token(): Promise<string | undefined>;
  /** The broker refused this token: renews it, or the session is expired, and then waits until the user is back.
   *  Undefined where nobody is, or somebody else; rejects with a `Problem` where no answer came. */
  refused(token: string): Promise<string | undefined>;
  /** The session ended otherwise, as with its account: nobody is signed in, in any tab. */
  forget(): void;
  /** The user's own account was changed. */
  changed(user: User): void;
}

export const session: SessionStore = createSession(browserParts());

export function useSession(): Session {
  return useSyncExternalStore(session.subscribe, session.current);
}

/** Whether the user has the role that something needs. */
export function useMay(role: 'user' | 'admin'): boolean {
  const { user } = useSession();
  return role === 'user' ? user !== undefined : user?.role === 'admin';
}
