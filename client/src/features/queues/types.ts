/** What `GET /v1/admin/queues` answers, and what the URL of the screen says. */

export const kinds = ['work', 'suspect', 'dead', 'rung', 'unroutable', 'rpc'] as const;
export type Kind = (typeof kinds)[number];

/** A figure that nobody can tell is null, and `unknown` says why. */
export type FigureName = 'ready' | 'unacked' | 'depth' | 'consumers' | 'rate_in' | 'rate_out' | 'oldest_age_seconds';

export interface Queue extends Record<FigureName, number | null> {
  name: string;
  kind: Kind;
  service: string | null;
  paused: boolean;
  unknown: Partial<Record<FigureName, string>>;
}

export interface Queues {
  queues: Queue[];
}

/** Of `POST /v1/admin/operations`. */
export interface Operation {
  id: string;
  total: number;
}

/** What the URL says of the screen. */
export interface Search {
  q?: string;
  kind?: Kind;
  /** The queue that is open. */
  name?: string;
}

export function readSearch(query: Record<string, unknown>): Record<string, unknown> & Search {
  const text = (value: unknown) => (value === undefined || value === null || value === '' ? undefined : String(value));
  const kind = kinds.find((kind) => kind === query.kind);
  return { q: text(query.q), kind, name: text(query.name) };
}
