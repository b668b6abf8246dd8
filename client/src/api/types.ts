/** Answers that more than one place reads, as they are. The schema is made of examples and has every member as optional: what a screen may
 *  rely on stands here, until the route table tells it. */
import type { paths } from './schema';

export type { User } from '@/session/session';

/** What the schema knows of an answer, such as `Answer<'/v1/admin/queues', 'get'>`. */
export type Answer<Path extends keyof paths, Method extends keyof paths[Path]> = paths[Path][Method] extends {
  responses: { '2XX': { content: { 'application/json': infer Body } } };
}
  ? Body
  : unknown;

export interface Address {
  id: string;
  name: string;
  street: string;
  city: string;
  postal_code: string;
  country: string;
  created_at: string;
}

/** Where one is signed in. */
export interface OwnSession {
  id: string;
  device: string;
  address: string;
  browser: boolean;
  current: boolean;
  created_at: string;
  last_seen_at: string;
  expires_at: string;
}

export interface ApiKey {
  id: string;
  name: string;
  roles: string[];
  created_at: string;
  last_used_at?: string;
  expires_at?: string;
}

/** The key itself is told once. */
export interface NewApiKey extends ApiKey {
  key: string;
}

/** Dead letters of one cause and origin. */
export interface LetterGroup {
  queue: string;
  kind: string;
  cause: string;
  count: number;
  first: string;
  last: string;
}

export interface LetterGroups {
  groups: LetterGroup[];
  /** Only the largest ones are told of. */
  more: boolean;
}
