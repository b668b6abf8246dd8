/** Lists that stay in order: what comes late is put where it belongs, without sorting what is there already. */
import { compare, type Row } from './entry';

/** The first index whose row is later than `row`. */
export function after(rows: readonly Row[], row: Row): number {
  let low = 0;
  let high = rows.length;
  while (low < high) {
    const middle = (low + high) >>> 1;
    const at = rows[middle];
    if (at && compare(at, row) <= 0) low = middle + 1;
    else high = middle;
  }
  return low;
}

/** Where `row` itself is, or -1. */
export function indexOf(rows: readonly Row[], row: Row): number {
  const index = after(rows, row) - 1;
  return rows[index] === row ? index : -1;
}

/** The row that takes a row's place where that is not seen any more: the next later one, else the last. */
export function near(rows: readonly Row[], row: Row): number {
  const exact = indexOf(rows, row);
  return exact >= 0 ? exact : Math.min(after(rows, row), rows.length - 1);
}

/** Puts `batch`, which is in order itself, into `rows`. What is earlier than the batch is not touched. */
export function insert(rows: Row[], batch: readonly Row[]): void {
  const first = batch[0];
  if (!first) return;
  const late = rows.splice(after(rows, first));
  let next = 0;
  for (const row of batch) {
    for (let other = late[next]; other && compare(other, row) <= 0; other = late[++next]) rows.push(other);
    rows.push(row);
  }
  for (; next < late.length; next++) {
    const other = late[next];
    if (other) rows.push(other);
  }
}
