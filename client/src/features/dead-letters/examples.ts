/** Letters as the broker tells of them, for tests. */
import type { LetterGroup } from '@/api/types';
import type { Letter, ShownLetter } from './api';

export const group: LetterGroup = {
  queue: 'v1.listener.store-logs',
  kind: 'log.7',
  cause: 'entries[N].level: must be one of DEBUG, INFO, WARNING, ERROR; N is none of them',
  count: 1204,
  first: '2026-11-21T20:00:00Z',
  last: '2026-11-21T21:00:00Z',
};

export function letter(parts: Partial<Letter> = {}): Letter {
  return {
    id: '01a2001a-6e26-7271-818d-9fb6cc823a72',
    event_id: '01a2001a-6aea-746f-b141-80b9af0beb63',
    service: 'listener',
    queue: group.queue,
    kind: group.kind,
    source: '/broker',
    subject: null,
    time: '2026-11-21T20:59:59Z',
    trace: '00-c35d9b50278b4ad19914d86bbf88ae8c-b2db6a175916956d-01',
    attempts: 1,
    reason: 'entries[0].level: must be one of DEBUG, INFO, WARNING, ERROR; 7 is none of them',
    cause: group.cause,
    died_at: '2026-11-21T21:00:00Z',
    deaths: 1,
    state: 'dead',
    changed_at: '2026-11-21T21:00:00Z',
    operation: null,
    replaces: null,
    replaced_by: null,
    size: 47,
    ...parts,
  };
}

export function shown(parts: Partial<ShownLetter> = {}): ShownLetter {
  return {
    ...letter(),
    trace_id: 'c35d9b50278b4ad19914d86bbf88ae8c',
    identity: null,
    readable: true,
    headers: { 'cloudEvents:type': 'log.7', 'cloudEvents:subject': null },
    body: { level: 7, name: 'event' },
    is_json: true,
    ...parts,
  };
}
