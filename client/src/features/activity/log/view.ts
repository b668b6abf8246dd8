/** Which rows are seen: all of them with the hits marked, or the hits alone, with the neighbours of one of them. */
import type { Mode } from '../search';
import type { Row } from './entry';
import { indexOf, insert } from './ordered';
import type { Tail } from './tail';

export interface Viewed {
  rows: readonly Row[];
  /** Those that are there only because they stand beside the chosen one. */
  neighbours: ReadonlySet<Row>;
}

const none: ReadonlySet<Row> = new Set();

export function viewOf(tail: Tail, mode: Mode, centre: Row | undefined, context: number): Viewed {
  if (mode === 'highlight') return { rows: tail.rows, neighbours: none };
  if (!centre || context === 0 || tail.hits.length === tail.rows.length) return { rows: tail.hits, neighbours: none };
  const at = indexOf(tail.rows, centre);
  if (at < 0) return { rows: tail.hits, neighbours: none };
  const beside = tail.rows
    .slice(Math.max(0, at - context), at + context + 1)
    .filter((row) => indexOf(tail.hits, row) < 0);
  const rows = [...tail.hits];
  insert(rows, beside);
  return { rows, neighbours: new Set(beside) };
}
