/** Dead letters at the broker: what it tells of them, and what can be asked of it. */
import { ask } from '@/api/client';
import type { LetterGroups } from '@/api/types';
import type { Filter, State } from './filter';

export interface Letter {
  id: string;
  event_id: string;
  service: string;
  queue: string;
  kind: string;
  source: string;
  subject: string | null;
  time: string;
  trace: string;
  attempts: number;
  reason: string;
  cause: string;
  died_at: string;
  deaths: number;
  state: State;
  changed_at: string;
  operation: string | null;
  replaces: string | null;
  replaced_by: string | null;
  /** Of the body, in bytes. */
  size: number;
}

export interface ShownLetter extends Letter {
  trace_id: string | null;
  identity: { subject: string; roles?: string[] } | null;
  /** Whether it can be replayed without being edited. */
  readable: boolean;
  headers: Record<string, string | null>;
  body: unknown;
  is_json: boolean;
}

export interface Letters {
  letters: Letter[];
  next_cursor?: string;
}

export type OperationKind = 'replay' | 'discard' | 'purge';
export const operationKinds: OperationKind[] = ['replay', 'discard', 'purge'];

/** Letters by id, or all that a filter means. */
export type Which = { letters: Letter[] } | { filter: Filter };

export interface Begin {
  kind: OperationKind;
  which: Which;
  rate: number | undefined;
  force: boolean;
}

const PATH = '/v1/admin/dead-letters';

/** What is cached of letters begins alike, so that it can be asked for anew at once. */
export const letterKeys = {
  all: ['dead-letters'] as const,
  groups: (filter: Filter) => ['dead-letters', 'groups', filter] as const,
  list: (filter: Filter) => ['dead-letters', 'list', filter] as const,
  one: (id: string) => ['dead-letters', 'one', id] as const,
  count: (kind: OperationKind, filter: Filter, force: boolean) =>
    ['dead-letters', 'count', kind, filter, force] as const,
};

export function fetchGroups(filter: Filter, signal?: AbortSignal): Promise<LetterGroups> {
  return ask<LetterGroups>(`${PATH}/groups`, { query: { ...filter }, signal, lists: ['groups'] });
}

export function fetchLetters(filter: Filter, cursor: string | undefined, signal?: AbortSignal): Promise<Letters> {
  return ask<Letters>(PATH, { query: { ...filter, limit: 100, cursor }, signal, lists: ['letters'] });
}

export function fetchLetter(id: string, signal?: AbortSignal): Promise<ShownLetter> {
  return ask<ShownLetter>(`${PATH}/${encodeURIComponent(id)}`, { signal });
}

export interface Edited {
  body: unknown;
  kind?: string;
  force?: boolean;
}

/** The copy. */
export function saveEdited(id: string, edited: Edited): Promise<ShownLetter> {
  return ask<ShownLetter>(`${PATH}/${encodeURIComponent(id)}/edited`, { method: 'POST', body: edited });
}

export function begin({ kind, which, rate, force }: Begin): Promise<{ id: string }> {
  const letters = 'letters' in which ? { ids: which.letters.map((letter) => letter.id) } : { filter: which.filter };
  return ask<{ id: string }>('/v1/admin/operations', { method: 'POST', body: { kind, ...letters, rate, force } });
}
