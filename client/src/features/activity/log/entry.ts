/** An entry as the logger answers it, and a row of the tail, which is an entry or a place where some are missing. */

export const levels = ['DEBUG', 'INFO', 'WARNING', 'ERROR'] as const;
export type Level = (typeof levels)[number];

export interface Entry {
  id: string;
  name: string;
  level: Level;
  data: string;
  created_at: string;
  audit?: boolean;
  /** How it came; unspecified where it was stored before that was noted. */
  via?: 'VIA_UNSPECIFIED' | 'GRPC' | 'QUEUE';
}

export interface EntryRow {
  kind: 'entry';
  /** Milliseconds; what rows are ordered by, then by `order`. */
  at: number;
  /** Arrival; older pages have negative numbers. Unique, so it is the row's key as well. */
  order: number;
  entry: Entry;
}

export interface GapRow {
  kind: 'gap';
  at: number;
  order: number;
  /** Undefined where nobody knows how many. */
  missed: number | undefined;
  /** The user asked for it: before it only what matches was fetched. */
  sparse?: true;
}

export type Row = EntryRow | GapRow;

/** By time, then by arrival. */
export function compare(a: Row, b: Row): number {
  return a.at - b.at || a.order - b.order;
}

/** A time that cannot be read counts as the beginning of all time, so that a strange answer breaks nothing. */
export function timeOf(entry: Entry): number {
  const at = Date.parse(entry.created_at);
  return Number.isNaN(at) ? 0 : at;
}

/** When an id was made, in milliseconds, where it is a UUIDv7, which begins with that. */
export function timeOfId(id: string): number | undefined {
  const parts = /^([0-9a-f]{8})-([0-9a-f]{4})-7[0-9a-f]{3}-[89ab][0-9a-f]{3}-[0-9a-f]{12}$/i.exec(id);
  return parts ? Number.parseInt(`${parts[1]}${parts[2]}`, 16) : undefined;
}
