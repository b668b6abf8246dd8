/** Sends a call as it is and tells what came, whatever that was. `ask` would hide status and headers. */
import { maskedHeader, maskedText } from '@/api/mask';
import { session } from '@/session/session';
import { type Try, withPassword } from './tries';

export interface Sent {
  method: string;
  path: string;
  headers: [string, string][];
  /** Without secrets, and in lines. */
  body: string | undefined;
  token: boolean;
}

export interface Received {
  status: number;
  statusText: string;
  headers: [string, string][];
  /** Without secrets, and in lines where it is JSON. */
  body: string;
  json: boolean;
}

export interface Outcome {
  id: number;
  name: Try['name'];
  at: number;
  /** Milliseconds until the whole answer was there. */
  took: number;
  sent: Sent;
  received: Received | undefined;
  /** What the browser says, where no answer came. */
  failure: string | undefined;
  trace: string | undefined;
}

const interesting = [
  'content-type',
  'content-length',
  'location',
  'retry-after',
  'ratelimit',
  'ratelimit-policy',
  'deprecation',
  'link',
  'preference-applied',
  'idempotency-replayed',
  'x-request-id',
  'traceparent',
  'server-timing',
];

let last = 0;

export async function send(tried: Try, body: string | undefined, password: string): Promise<Outcome> {
  const token = tried.signedIn ? await session.token() : undefined;
  const headers: [string, string][] = body === undefined ? [] : [['Content-Type', 'application/json']];
  if (token) headers.push(['Authorization', `Bearer ${token}`]);
  const real = body !== undefined && tried.name === 'auth' ? withPassword(body, password) : body;
  const secrets = password ? [password] : [];
  const sent: Sent = {
    method: tried.method,
    path: tried.path,
    headers: headers.map(([name, value]) => [name.toLowerCase(), maskedHeader(name, value)]),
    body: body === undefined ? undefined : maskedText(body, secrets),
    token: token !== undefined,
  };
  const outcome = { id: ++last, name: tried.name, at: Date.now(), sent };
  const began = performance.now();
  try {
    // Without cookies: a try at signing in must not touch the session of this panel.
    const response = await fetch(tried.path, { method: tried.method, headers, body: real, credentials: 'omit' });
    const text = await response.text();
    const took = performance.now() - began;
    const json = parsed(text);
    return {
      ...outcome,
      took,
      failure: undefined,
      trace: traceOf(response.headers, json),
      received: {
        status: response.status,
        statusText: response.statusText,
        headers: interesting.flatMap((name): [string, string][] => {
          const value = response.headers.get(name);
          return value === null ? [] : [[name, maskedHeader(name, value)]];
        }),
        body: maskedText(text, secrets),
        json: json !== undefined,
      },
    };
  } catch (error) {
    const failure = error instanceof Error ? error.message : String(error);
    return { ...outcome, took: performance.now() - began, received: undefined, failure, trace: undefined };
  }
}

function parsed(text: string): unknown {
  try {
    return JSON.parse(text) ?? null;
  } catch {
    return undefined;
  }
}

/** The trace of the call: of the header, of the problem, or the request's id, which is the same. */
export function traceOf(headers: Headers, json: unknown): string | undefined {
  const parent = /^[0-9a-f]{2}-([0-9a-f]{32})-/.exec(headers.get('traceparent') ?? '');
  if (parent) return parent[1];
  if (json && typeof json === 'object' && 'trace_id' in json && typeof json.trace_id === 'string') return json.trace_id;
  return headers.get('x-request-id') ?? undefined;
}
