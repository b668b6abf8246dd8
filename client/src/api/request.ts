/** One HTTP request to the broker, without a session: its time limit, its answer's JSON, and one kind of error. */
import i18next from 'i18next';
import { hearClock } from './clock';
import { type FieldError, Problem } from './problem';

export interface Asked {
  method?: 'GET' | 'POST' | 'PUT' | 'PATCH' | 'DELETE';
  query?: Record<string, string | number | boolean | undefined>;
  body?: unknown;
  headers?: Record<string, string>;
  signal?: AbortSignal;
  /** Milliseconds until the whole answer must be there; 10,000 when missing. */
  timeout?: number;
  /** Whether it is sent to the end even where the page is left meanwhile. */
  keepalive?: boolean;
  /** What of the answer is a list, by name; an answer without them is nonsense. */
  lists?: readonly string[];
}

const defaultTimeout = 10_000;

/** Sends it and reads the answer's JSON; `undefined` where the answer has none. Rejects with a `Problem` only. */
export async function request<T>(path: string, asked: Asked = {}, token?: string): Promise<T> {
  const url = address(path, asked.query);
  const late = new AbortController();
  const timer = setTimeout(() => late.abort(), asked.timeout ?? defaultTimeout);
  const signal = asked.signal ? AbortSignal.any([asked.signal, late.signal]) : late.signal;
  try {
    const response = await fetch(url, { ...head(asked, token), signal });
    hearClock(response);
    return await read<T>(response, asked);
  } catch (error) {
    if (error instanceof Problem) throw error;
    throw unanswered(asked.signal?.aborted ? 'aborted' : late.signal.aborted ? 'timeout' : 'unreachable');
  } finally {
    clearTimeout(timer);
  }
}

/** Never another origin's: the token goes along. */
export function address(path: string, query: Asked['query'] = {}): URL {
  const url = new URL(path, window.location.origin);
  if (url.origin !== window.location.origin) throw unanswered('foreign');
  for (const [name, value] of Object.entries(query)) {
    if (value !== undefined && value !== '') url.searchParams.set(name, String(value));
  }
  return url;
}

function head(asked: Asked, token: string | undefined): RequestInit {
  const headers: Record<string, string> = { accept: 'application/json', ...asked.headers };
  if (token !== undefined) headers.authorization = `Bearer ${token}`;
  const init = { method: asked.method ?? 'GET', headers, keepalive: asked.keepalive ?? false };
  if (asked.body === undefined) return init;
  headers['content-type'] ??= 'application/json';
  return { ...init, body: JSON.stringify(asked.body) };
}

async function read<T>(response: Response, { method = 'GET', lists }: Asked): Promise<T> {
  if (!response.ok) throw await problemOf(response);
  if (response.status === 204 || response.status === 205) return undefined as T;
  const text = await response.text();
  if (text === '' && method !== 'GET') return undefined as T;
  let told: unknown;
  try {
    told = JSON.parse(text);
  } catch {
    throw nonsense(response);
  }
  // What is fetched is an object, in every row: anything else would look like an answer that has not come yet.
  if (method === 'GET' && (typeof told !== 'object' || told === null || Array.isArray(told))) throw nonsense(response);
  if (!hasLists(told, lists)) throw nonsense(response);
  return told as T;
}

/** Whether these are lists in it: a screen goes through them without asking again. */
export function hasLists(told: unknown, lists: readonly string[] = []): boolean {
  return lists.every((name) => Array.isArray((told as Record<string, unknown> | null | undefined)?.[name]));
}

/** What an answer that is none of success says. */
export async function problemOf(response: Response): Promise<Problem> {
  let told: unknown;
  try {
    told = JSON.parse(await response.text());
  } catch {
    return nonsense(response);
  }
  if (typeof told !== 'object' || told === null) return nonsense(response);
  const said = told as Record<string, unknown>;
  return new Problem({
    title: text(said.title) ?? (response.statusText || String(response.status)),
    status: response.status,
    detail: text(said.detail) ?? text(said.message),
    code: text(said.code),
    traceId: text(said.trace_id) ?? response.headers.get('x-request-id') ?? undefined,
    retryAfter: seconds(response) ?? (typeof said.retry_after === 'number' ? said.retry_after : undefined),
    errors: Array.isArray(said.errors) ? said.errors.filter(isFieldError) : [],
  });
}

/** For an answer that has the right form but not what was agreed. */
export function nonsense(response?: Response): Problem {
  const status = response?.status ?? 0;
  const detail = i18next.t('me:session.problems.nonsense', { status });
  const traceId = response?.headers.get('x-request-id') ?? undefined;
  const retryAfter = response && seconds(response);
  return new Problem({ title: response?.statusText || detail, status, detail, code: 'nonsense', traceId, retryAfter });
}

function unanswered(code: 'aborted' | 'timeout' | 'unreachable' | 'foreign'): Problem {
  const title = i18next.t(`me:session.problems.${code}`);
  return new Problem({ title, status: 0, code });
}

/** `Retry-After` as seconds from now, whether it is a number or a date. */
function seconds(response: Response): number | undefined {
  const header = response.headers.get('retry-after');
  if (header === null || header.trim() === '') return undefined;
  if (Number.isFinite(Number(header))) return Math.max(0, Number(header));
  // By the server's own clock, as ours may be wrong.
  const now = Date.parse(response.headers.get('date') ?? '');
  const until = Date.parse(header) - (Number.isNaN(now) ? Date.now() : now);
  return Number.isNaN(until) ? undefined : Math.max(0, until / 1000);
}

function text(value: unknown): string | undefined {
  return typeof value === 'string' && value !== '' ? value : undefined;
}

function isFieldError(value: unknown): value is FieldError {
  if (typeof value !== 'object' || value === null) return false;
  const { field, detail } = value as Record<string, unknown>;
  return typeof field === 'string' && typeof detail === 'string';
}
