/** What somebody filled in, as a request; and what is still missing for it. */
import { curlOf } from '@/api/curl';
import { maskedJson } from '@/api/mask';
import type { Operation, Parameter } from './document';

export interface Filled {
  /** By `fieldName`. */
  fields: Record<string, string>;
  body: string;
}

export interface Outgoing {
  method: string;
  /** With its query. */
  path: string;
  headers: Record<string, string>;
  body: string | undefined;
  withToken: boolean;
}

/** A path and a query may have a field of the same name. */
export function fieldName(parameter: Parameter): string {
  return `${parameter.in}:${parameter.name}`;
}

/** The parameters that a form asks for; the headers that every call takes are not among them. */
export function asked(operation: Operation): Parameter[] {
  return operation.parameters.filter((parameter) => parameter.in === 'path' || parameter.in === 'query');
}

export function requestOf(operation: Operation, filled: Filled): Outgoing {
  const query = new URLSearchParams();
  let path = operation.path;
  for (const parameter of asked(operation)) {
    const value = filled.fields[fieldName(parameter)] ?? '';
    if (parameter.in === 'path' && value) path = path.replace(`{${parameter.name}}`, encodeURIComponent(value));
    else if (parameter.in === 'query' && value) query.append(parameter.name, value);
  }
  const body = operation.body && filled.body.trim() ? filled.body : undefined;
  return {
    method: operation.method,
    path: query.size > 0 ? `${path}?${query}` : path,
    headers: {
      ...(operation.isStream && { accept: 'text/event-stream' }),
      ...(body !== undefined && { 'content-type': operation.body?.type ?? 'application/json' }),
    },
    body,
    withToken: operation.auth !== 'open',
  };
}

/** What cannot be sent yet, by field (`body` for the body): `missing`, or what is wrong with the JSON. */
export function faultsOf(operation: Operation, filled: Filled): Record<string, string> {
  const faults: Record<string, string> = {};
  for (const parameter of asked(operation)) {
    const name = fieldName(parameter);
    if (parameter.required && !filled.fields[name]) faults[name] = 'missing';
  }
  if (!operation.body) return faults;
  if (operation.body.required && !filled.body.trim()) faults.body = 'missing';
  if (filled.body.trim() && operation.body.type.endsWith('json')) {
    try {
      JSON.parse(filled.body);
    } catch (error) {
      faults.body = String(error instanceof Error ? error.message : error);
    }
  }
  return faults;
}

/** For a shell. Secrets are masked: what is copied is shown to others. */
export function curlFor(operation: Operation, filled: Filled, origin: string): string {
  const { method, path, headers, body, withToken } = requestOf(operation, filled);
  const shown = body && (maskedJson(body) ?? body);
  return curlOf({ method, url: origin + path, headers, body: shown, withToken, isStream: operation.isStream });
}
