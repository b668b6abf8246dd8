/** One connection to `/v1/live`: opens it, reads it to its end, and tells why that came. */
import { hearClock } from '@/api/clock';
import { Problem } from '@/api/problem';
import { nonsense, problemOf } from '@/api/request';
import { EventReader } from './events';
import { type Message, parse } from './message';

export type End =
  | { kind: 'closed' | 'silent' }
  | { kind: 'bye'; reason: string; pause: number }
  /** No stream came of it; status 0 where no answer came. */
  | { kind: 'failed'; problem: Problem };

export interface Opening {
  url: string;
  token: string;
  lastId: string;
  signal: AbortSignal;
  take(message: Message, lastId: string): void;
}

/** Milliseconds without a byte, after which nobody is there: the server pings every ten seconds. */
export const silence = 25_000;

/** Resolves when it is over; never rejects. */
export async function connect(opening: Opening): Promise<End> {
  const stop = new AbortController();
  const forward = () => stop.abort();
  opening.signal.addEventListener('abort', forward, { once: true });
  let isSilent = false;
  let timer: ReturnType<typeof setTimeout> | undefined;
  const heard = () => {
    clearTimeout(timer);
    timer = setTimeout(() => {
      isSilent = true;
      stop.abort();
    }, silence);
  };
  try {
    heard();
    const headers: Record<string, string> = { accept: 'text/event-stream', authorization: `Bearer ${opening.token}` };
    if (opening.lastId) headers['last-event-id'] = opening.lastId;
    const response = await fetch(opening.url, { headers, signal: stop.signal, cache: 'no-store' });
    hearClock(response);
    if (!response.ok) return { kind: 'failed', problem: await problemOf(response) };
    const isStream = response.headers.get('content-type')?.startsWith('text/event-stream');
    if (!isStream || !response.body) return { kind: 'failed', problem: nonsense(response) };
    return await readAll(response.body.getReader(), opening, heard);
  } catch {
    if (isSilent) return { kind: 'silent' };
    return { kind: 'failed', problem: new Problem({ title: 'the connection was lost', status: 0 }) };
  } finally {
    clearTimeout(timer);
    opening.signal.removeEventListener('abort', forward);
    stop.abort();
  }
}

async function readAll(
  reader: ReadableStreamDefaultReader<Uint8Array>,
  opening: Opening,
  heard: () => void,
): Promise<End> {
  const events = new EventReader();
  for (;;) {
    const { done, value } = await reader.read();
    if (done) return { kind: 'closed' };
    heard();
    for (const event of events.push(value)) {
      const message = parse(event.event, event.isCut ? '{}' : event.data);
      if (!message) continue;
      if (message.event === 'bye') return { kind: 'bye', reason: message.reason, pause: message.pause };
      opening.take(message, events.lastId);
    }
  }
}
