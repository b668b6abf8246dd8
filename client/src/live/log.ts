/** What came of one log and was not yet read: each entry once, at most so many, and a gap where some were dropped. */
import type { LogEvent } from './live';

interface Entry {
  id: string;
}

/** At least so many of the last ids are known. */
const mostKnown = 20_000;
const mostEntries = 50_000;

export class LogBuffer {
  private events: LogEvent<Entry>[] = [];
  private count = 0;
  private known = new Set<string>();
  private knownBefore = new Set<string>();

  constructor(private readonly most = mostEntries) {}

  /** Returns whether there is anything to read. */
  put(entries: Entry[]): boolean {
    const fresh = entries.filter((entry) => this.isNew(entry.id));
    if (fresh.length === 0) return false;
    const last = this.events.at(-1);
    if (last?.kind === 'entries') last.entries.push(...fresh);
    else this.events.push({ kind: 'entries', entries: fresh });
    this.count += fresh.length;
    if (this.count > this.most) this.drop();
    return true;
  }

  gap(missed: number | undefined): void {
    this.events.push({ kind: 'gap', missed });
  }

  take(): LogEvent<Entry>[] {
    const taken = this.events;
    this.events = [];
    this.count = 0;
    return taken;
  }

  /** Two sets that take turns: to take the oldest out of one costs more, the more were taken out before. */
  private isNew(id: string): boolean {
    if (this.known.has(id) || this.knownBefore.has(id)) return false;
    this.known.add(id);
    if (this.known.size >= mostKnown) {
      this.knownBefore = this.known;
      this.known = new Set();
    }
    return true;
  }

  /** The older half goes, so that this is seldom done, and one gap tells of all that is missing. */
  private drop(): void {
    let missed: number | undefined = 0;
    const kept: Entry[] = [];
    for (const event of this.events) {
      if (event.kind === 'entries') kept.push(...event.entries);
      else missed = event.missed === undefined || missed === undefined ? undefined : missed + event.missed;
    }
    const dropped = kept.length - Math.floor(this.most / 2);
    this.count = kept.length - dropped;
    this.events = [
      { kind: 'gap', missed: missed === undefined ? undefined : missed + dropped },
      { kind: 'entries', entries: kept.slice(dropped) },
    ];
  }
}
