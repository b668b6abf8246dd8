/** The log that the screen holds: what came live and what was fetched, in order and once each, up to a limit. While it
 *  is paused nothing moves: what comes meanwhile waits and is counted. */
import type { LogEvent } from '@/live/live';
import { compare, type Entry, type EntryRow, type GapRow, type Row, timeOf } from './entry';
import { type Matcher, matcherOf } from './match';
import { after, indexOf, insert } from './ordered';

export const MOST_ROWS = 10_000;
/** Ten thousand entries may have 256 KiB each; a tab has not. */
const MOST_CHARACTERS = 64 << 20;

export class Tail {
  readonly rows: Row[] = [];
  /** Those of `rows` that match, kept with them: only new rows are looked at. */
  readonly hits: Row[] = [];
  /** How many rows were looked at since the start, to show that filtering does no needless work. */
  looked = 0;
  /** Entries that were left out of the beginning, because of the limit. */
  dropped = 0;
  paused = false;
  /** How many came while it was paused. */
  missed = 0;
  /** Grows with each change, for who draws it. */
  version = 0;

  private readonly ids = new Map<string, EntryRow>();
  private readonly watchers = new Set<() => void>();
  private waiting: Row[] = [];
  private waitingSize = 0;
  private size = 0;
  private sparse: GapRow | undefined;
  private last = 0;
  private first = 0;
  private matcher: Matcher = matcherOf({});

  constructor(
    private readonly mostRows = MOST_ROWS,
    private readonly mostCharacters = MOST_CHARACTERS,
  ) {}

  subscribe = (watcher: () => void): (() => void) => {
    this.watchers.add(watcher);
    return () => this.watchers.delete(watcher);
  };

  /** Whether more can be held. */
  get full(): boolean {
    return this.rows.length >= this.mostRows || this.size >= this.mostCharacters;
  }

  find(id: string): EntryRow | undefined {
    return this.ids.get(id);
  }

  /** Takes what the live connection brings in one frame. */
  take(events: LogEvent<Entry>[]): void {
    const rows: Row[] = [];
    for (const event of events) {
      if (event.kind === 'entries') rows.push(...this.fresh(event.entries));
      else rows.push(this.gap(event.missed, rows));
    }
    if (rows.length === 0) return;
    if (this.paused) this.hold(rows);
    else this.put(rows);
    this.changed();
  }

  /** Takes a page as the logger answers it, newest first, and answers how many of it are new here. A sparse page holds
   *  only what matches now, so it goes when something else is looked for. */
  page(entries: Entry[], sparse = false): number {
    const seen = new Set<string>();
    const rows: EntryRow[] = [];
    const oldest = this.rows[0];
    if (sparse && !this.sparse && oldest) {
      this.sparse = { kind: 'gap', at: oldest.at, order: --this.first, missed: undefined, sparse: true };
      this.put([this.sparse]);
    }
    for (const entry of entries) {
      if (this.ids.has(entry.id) || seen.has(entry.id)) continue;
      seen.add(entry.id);
      rows.push(this.row(entry, --this.first));
    }
    // Only what is newest of the page, where not all has room: else the log would have a hole.
    const room = Math.max(0, this.mostRows - this.rows.length);
    const taken = rows.sort(compare).slice(Math.max(0, rows.length - room));
    for (const row of taken) this.ids.set(row.entry.id, row);
    this.put(taken);
    this.changed();
    return taken.length;
  }

  pause(): void {
    if (this.paused) return;
    this.paused = true;
    this.changed();
  }

  resume(): void {
    if (!this.paused) return;
    this.paused = false;
    this.missed = 0;
    const waiting = this.waiting;
    this.waiting = [];
    this.waitingSize = 0;
    this.put(waiting);
    this.changed();
  }

  /** Looks at every row once; from then on only at what is new. */
  look(matcher: Matcher): void {
    this.matcher = matcher;
    if (this.sparse) this.cut(indexOf(this.rows, this.sparse) + 1);
    this.hits.length = 0;
    for (const row of this.rows) if (this.matches(row)) this.hits.push(row);
    this.changed();
  }

  private matches(row: Row): boolean {
    this.looked++;
    return this.matcher.matches(row);
  }

  private row(entry: Entry, order: number): EntryRow {
    return { kind: 'entry', at: timeOf(entry), order, entry };
  }

  private fresh(entries: Entry[]): EntryRow[] {
    const rows: EntryRow[] = [];
    for (const entry of entries) {
      if (this.ids.has(entry.id)) continue;
      const row = this.row(entry, ++this.last);
      this.ids.set(entry.id, row);
      rows.push(row);
    }
    return rows;
  }

  /** It stands after what came before it. */
  private gap(missed: number | undefined, before: Row[]): Row {
    const at = before.at(-1)?.at ?? this.waiting.at(-1)?.at ?? this.rows.at(-1)?.at ?? 0;
    return { kind: 'gap', at, order: ++this.last, missed };
  }

  private put(rows: Row[]): void {
    rows.sort(compare);
    insert(this.rows, rows);
    for (const row of rows) this.size += sizeOf(row);
    insert(
      this.hits,
      rows.filter((row) => this.matches(row)),
    );
    this.drop();
  }

  private hold(rows: Row[]): void {
    for (const row of rows) {
      this.waiting.push(row);
      this.waitingSize += sizeOf(row);
      this.missed += row.kind === 'gap' ? (row.missed ?? 0) : 1;
    }
    let gone = 0;
    while (this.waiting.length - gone > this.mostRows || this.waitingSize > this.mostCharacters) {
      const row = this.waiting[gone++];
      if (!row) break;
      this.waitingSize -= sizeOf(row);
      if (row.kind === 'gap') continue;
      this.ids.delete(row.entry.id);
      this.dropped++;
    }
    if (gone > 0) this.waiting.splice(0, gone);
  }

  private drop(): void {
    let gone = 0;
    let size = this.size;
    while (this.rows.length - gone > this.mostRows || size > this.mostCharacters) {
      const row = this.rows[gone++];
      if (!row) break;
      if (row.kind === 'entry') this.dropped++;
      size -= sizeOf(row);
    }
    this.cut(gone);
  }

  /** Takes away the first `count` rows. */
  private cut(count: number): void {
    const newest = this.rows[count - 1];
    if (!newest) return;
    this.hits.splice(0, after(this.hits, newest));
    for (const row of this.rows.splice(0, count)) {
      this.size -= sizeOf(row);
      if (row.kind === 'entry') this.ids.delete(row.entry.id);
      if (row === this.sparse) this.sparse = undefined;
    }
  }

  private changed(): void {
    this.version++;
    for (const watcher of this.watchers) watcher();
  }
}

function sizeOf(row: Row): number {
  return row.kind === 'entry' ? row.entry.data.length : 0;
}
