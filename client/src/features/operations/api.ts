/** Operations at the broker: what is or was done with letters, by whomever. */
import { ask } from '@/api/client';

export type Kind = 'replay' | 'discard' | 'purge';
export type State = 'running' | 'done' | 'failed' | 'stopped';

export interface Operation {
  id: string;
  kind: Kind;
  state: State;
  total: number;
  done: number;
  failed: number;
  skipped: number;
  /** Letters a second, at most. */
  rate: number | null;
  force: boolean;
  /** A user's id. */
  who: string;
  created_at: string;
  started_at: string | null;
  ended_at: string | null;
  /** Why the last letter failed, or what is waited for. */
  error: string | null;
  /** What was asked for, where the server tells. */
  filter?: Record<string, string> | null;
}

/** A letter that failed or was left out. */
export interface Told {
  letter: string;
  state: 'failed' | 'skipped';
  detail: string;
}

export interface ShownOperation extends Operation {
  /** The first of them, up to 100. */
  letters: Told[];
}

export interface Operations {
  operations: Operation[];
  next_cursor?: string;
}

const PATH = '/v1/admin/operations';

export const operationKeys = {
  list: ['operations', 'list'] as const,
  who: (id: string) => ['operations', 'who', id] as const,
};

export function fetchOperations(cursor: string | undefined, signal?: AbortSignal): Promise<Operations> {
  return ask<Operations>(PATH, { query: { limit: 50, cursor }, signal, lists: ['operations'] });
}

export function pathOf(id: string): string {
  return `${PATH}/${encodeURIComponent(id)}`;
}

export function stopOperation(id: string): Promise<Operation> {
  return ask<Operation>(pathOf(id), { method: 'DELETE' });
}

export function fetchWho(id: string, signal?: AbortSignal): Promise<{ id: string; email: string }> {
  return ask<{ id: string; email: string }>(`/v1/users/${encodeURIComponent(id)}`, { signal });
}
