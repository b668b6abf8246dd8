/** The broker's OpenAPI as the screen needs it: operations in order, with every reference followed but those of schemas,
 *  which may stand within themselves. */
import { ask } from '@/api/client';
import { nonsense } from '@/api/request';

export interface Schema {
  $ref?: string;
  type?: string | string[];
  format?: string;
  description?: string;
  properties?: Record<string, Schema>;
  required?: string[];
  items?: Schema;
  additionalProperties?: boolean | Schema;
  oneOf?: Schema[];
  anyOf?: Schema[];
  allOf?: Schema[];
  enum?: unknown[];
  const?: unknown;
  nullable?: boolean;
  default?: unknown;
  example?: unknown;
  examples?: unknown[];
  readOnly?: boolean;
  writeOnly?: boolean;
  pattern?: string;
  minimum?: number;
  maximum?: number;
  minLength?: number;
  maxLength?: number;
  minItems?: number;
  maxItems?: number;
}

export interface Parameter {
  name: string;
  in: 'path' | 'query' | 'header' | 'cookie';
  required?: boolean;
  description?: string;
  schema?: Schema;
  example?: unknown;
}

interface Media {
  schema?: Schema;
  example?: unknown;
  examples?: Record<string, { value?: unknown }>;
  'x-stream'?: { item?: Schema };
}

type Content = Record<string, Media>;

interface Described {
  operationId?: string;
  summary?: string;
  description?: string;
  tags?: string[];
  security?: Record<string, string[]>[];
  parameters?: Linked<Parameter>[];
  requestBody?: { required?: boolean; content?: Content };
  responses?: Record<string, Linked<{ description?: string; content?: Content }>>;
  'x-required-role'?: string;
  'x-timeout-ms'?: number;
  'x-limit'?: string;
  'x-action'?: string;
}

type Linked<T> = T | { $ref: string };

export interface ApiDocument {
  info?: { title?: string; version?: string; description?: string };
  tags?: { name: string }[];
  paths: Record<string, Record<string, Described>>;
  components?: Record<string, Record<string, unknown>>;
}

export interface Example {
  name: string;
  value: unknown;
}

export interface Payload {
  type: string;
  schema: Schema | undefined;
  examples: Example[];
  /** Comes in documents, for as long as both sides want. */
  isStream: boolean;
}

export interface Answered {
  /** A number, or a range such as `4XX`. */
  status: string;
  description: string;
  payloads: Payload[];
}

export interface Operation {
  id: string;
  method: string;
  path: string;
  tag: string;
  summary: string;
  description: string;
  /** `open`, `optional`, `user`, or the role that is needed. */
  auth: string;
  timeoutMs: number | undefined;
  limit: string | undefined;
  action: string | undefined;
  parameters: Parameter[];
  body: (Payload & { required: boolean }) | undefined;
  answers: Answered[];
  isStream: boolean;
}

/** Rejects with a `Problem` where it is none. */
export async function fetchDocument(signal: AbortSignal): Promise<ApiDocument> {
  const document = await ask<Partial<ApiDocument>>('/openapi.json', { signal });
  if (typeof document.paths !== 'object' || document.paths === null) throw nonsense();
  return { ...document, paths: document.paths };
}

const methods = ['get', 'post', 'put', 'patch', 'delete'];

export function operationsOf(document: ApiDocument): Operation[] {
  const order = (document.tags ?? []).map((tag) => tag.name);
  const place = (tag: string) => (order.includes(tag) ? order.indexOf(tag) : order.length);
  const operations = Object.entries(document.paths).flatMap(([path, described]) =>
    methods.flatMap((method) => {
      const operation = described[method];
      return operation ? [operationOf(document, method, path, operation)] : [];
    }),
  );
  // sort() keeps the document's order of paths within a tag.
  return operations.sort((one, other) => place(one.tag) - place(other.tag));
}

function operationOf(document: ApiDocument, method: string, path: string, described: Described): Operation {
  const answers = Object.entries(described.responses ?? {}).map(([status, linked]) => {
    const { description = '', content = {} } = followed(document, linked) ?? {};
    return { status, description, payloads: payloadsOf(content) };
  });
  // An object has its numbers first: 2XX would stand after 504.
  answers.sort((one, other) => one.status.localeCompare(other.status));
  const [payload] = payloadsOf(described.requestBody?.content ?? {});
  return {
    id: described.operationId ?? `${method} ${path}`,
    method: method.toUpperCase(),
    path,
    tag: described.tags?.[0] ?? '',
    summary: described.summary ?? '',
    description: described.description ?? '',
    auth: authOf(described),
    timeoutMs: described['x-timeout-ms'],
    limit: described['x-limit'],
    action: described['x-action'],
    parameters: (described.parameters ?? []).flatMap((linked) => followed(document, linked) ?? []),
    body: payload && { ...payload, required: described.requestBody?.required ?? false },
    answers,
    isStream: answers.some((answer) => answer.payloads.some((each) => each.isStream)),
  };
}

function authOf({ security = [], 'x-required-role': role }: Described): string {
  if (role) return role;
  if (security.length === 0) return 'open';
  return security.some((way) => Object.keys(way).length === 0) ? 'optional' : 'user';
}

function payloadsOf(content: Content): Payload[] {
  return Object.entries(content).map(([type, media]) => {
    const stream = media['x-stream'];
    const named = Object.entries(media.examples ?? {}).map(([name, { value }]) => ({ name, value }));
    const single = media.example === undefined ? [] : [{ name: '', value: media.example }];
    return {
      type,
      schema: stream?.item ?? media.schema,
      examples: [...single, ...named],
      isStream: stream !== undefined || type === 'text/event-stream',
    };
  });
}

function followed<T extends object>(document: ApiDocument, linked: Linked<T>): T | undefined {
  return '$ref' in linked ? (target(document, linked.$ref) as T | undefined) : linked;
}

/** What a reference such as `#/components/schemas/Problem` points to. */
export function target(document: ApiDocument, ref: string): unknown {
  let found: unknown = document;
  for (const step of ref.replace(/^#\//, '').split('/')) {
    if (typeof found !== 'object' || found === null) return undefined;
    found = (found as Record<string, unknown>)[step.replaceAll('~1', '/').replaceAll('~0', '~')];
  }
  return found;
}

/** Operations in which every word stands somewhere. */
export function found(operations: Operation[], text: string): Operation[] {
  const words = text.toLowerCase().split(/\s+/).filter(Boolean);
  return operations.filter((operation) => {
    const { method, path, summary, tag, auth, action = '' } = operation;
    const all = [method, path, summary, tag, auth, action].join(' ').toLowerCase();
    return words.every((word) => all.includes(word));
  });
}
