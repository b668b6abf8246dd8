/** One way to the broker: with the session's token, which is renewed where it is refused, and one kind of error. */
import { session } from '@/session/session';
import { Problem } from './problem';
import { type Asked, request } from './request';

export type { Asked } from './request';

/** Asks the broker and reads its JSON; rejects with a `Problem` and nothing else. Where the session has expired it waits
 *  until the user has signed in again, and asks once more. */
export async function ask<T>(path: string, asked: Asked = {}): Promise<T> {
  const token = await until(asked.signal, session.token());
  try {
    return await request<T>(path, asked, token);
  } catch (error) {
    // A call that was refused was not made: it may be repeated, whatever it is.
    if (!(error instanceof Problem) || error.status !== 401 || token === undefined) throw error;
    const renewed = await until(asked.signal, session.refused(token));
    if (renewed === undefined) throw error;
    return request<T>(path, asked, renewed);
  }
}

/** What is waited for, unless the caller gives up before. */
function until<T>(signal: AbortSignal | undefined, waited: Promise<T>): Promise<T> {
  if (!signal) return waited;
  return new Promise((resolve, reject) => {
    const give = () => reject(new Problem({ title: 'aborted', status: 0, code: 'aborted' }));
    if (signal.aborted) give();
    signal.addEventListener('abort', give, { once: true });
    waited.then(resolve, reject).finally(() => signal.removeEventListener('abort', give));
  });
}
