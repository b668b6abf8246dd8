/** Sends what was tried and keeps all of the answer, errors as well: here they are what one looks for. */
import { maskedJson } from '@/api/mask';
import type { FieldError } from '@/api/problem';
import { session } from '@/session/session';
import type { Outgoing } from './request';

export interface Answer {
  status: number;
  statusText: string;
  milliseconds: number;
  headers: [string, string][];
  bytes: number;
  /** Laid out and masked where it is JSON, as it came where it is not. */
  text: string;
  isJson: boolean;
  /** The screen's share of a body that is longer than a page should hold. */
  isCut: boolean;
  errors: FieldError[];
}

/** In characters; more makes the page slow. */
const mostShown = 512 * 1024;

export async function send(request: Outgoing, signal: AbortSignal): Promise<Answer> {
  const token = request.withToken ? await session.token() : undefined;
  let begin = performance.now();
  let response = await once(request, token, signal);
  if (response.status === 401 && token) {
    const renewed = await session.refused(token);
    begin = performance.now();
    if (renewed) response = await once(request, renewed, signal);
  }
  const body = await response.text();
  const milliseconds = performance.now() - begin;
  return { ...shown(body), ...said(response), milliseconds };
}

function once(request: Outgoing, token: string | undefined, signal: AbortSignal): Promise<Response> {
  const headers = { ...request.headers, ...(token && { authorization: `Bearer ${token}` }) };
  return fetch(request.path, { method: request.method, headers, body: request.body, signal });
}

function said({ status, statusText, headers }: Response): Pick<Answer, 'status' | 'statusText' | 'headers'> {
  return { status, statusText, headers: [...headers].sort(([one], [other]) => one.localeCompare(other)) };
}

function shown(body: string): Pick<Answer, 'bytes' | 'text' | 'isJson' | 'isCut' | 'errors'> {
  const json = maskedJson(body);
  const text = json ?? body;
  return {
    bytes: new TextEncoder().encode(body).length,
    text: text.slice(0, mostShown),
    isJson: json !== undefined,
    isCut: text.length > mostShown,
    errors: json === undefined ? [] : errorsIn(JSON.parse(body)),
  };
}

/** A problem's, be it in an envelope. */
function errorsIn(value: unknown): FieldError[] {
  if (typeof value !== 'object' || value === null) return [];
  const { errors, data } = value as { errors?: unknown; data?: unknown };
  if (!Array.isArray(errors)) return errorsIn(data);
  return errors.filter((error) => typeof error?.field === 'string' && typeof error?.detail === 'string');
}
