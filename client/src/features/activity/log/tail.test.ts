/** The log's store: order, once each, the limit, pausing, gaps, and how much work filtering does. */
import { describe, expect, it } from 'vitest';
import type { Entry, Level, Row } from './entry';
import { matcherOf } from './match';
import { Tail } from './tail';
import { viewOf } from './view';

const start = Date.parse('2026-11-21T12:00:00Z');

function entry(number: number, part: Partial<Entry> = {}): Entry {
  return {
    id: `id-${number}`,
    name: 'event',
    level: 'INFO',
    data: `data ${number}`,
    created_at: new Date(start + number).toISOString(),
    ...part,
  };
}

function entries(from: number, to: number): Entry[] {
  return Array.from({ length: to - from }, (_, index) => entry(from + index));
}

function live(tail: Tail, ...given: Entry[]): void {
  tail.take([{ kind: 'entries', entries: given }]);
}

function ids(rows: readonly Row[]): string[] {
  return rows.map((row) => (row.kind === 'entry' ? row.entry.id : `gap ${row.sparse ? 'sparse' : row.missed}`));
}

describe('order', () => {
  it('joins the first page with what came live meanwhile, each entry once', () => {
    const tail = new Tail();
    live(tail, entry(4), entry(5));
    tail.page([entry(5), entry(4), entry(3), entry(2)]);
    live(tail, entry(5), entry(6));
    expect(ids(tail.rows)).toEqual(['id-2', 'id-3', 'id-4', 'id-5', 'id-6']);
  });

  it('puts an entry that comes late where its time says', () => {
    const tail = new Tail();
    live(tail, entry(10), entry(30));
    live(tail, entry(20));
    expect(ids(tail.rows)).toEqual(['id-10', 'id-20', 'id-30']);
  });

  it('keeps the order of arrival among entries of one moment, and the order of pages', () => {
    const tail = new Tail();
    const same = { created_at: new Date(start).toISOString() };
    tail.page([entry(3, same), entry(2, same)]);
    tail.page([entry(1, same)]);
    live(tail, entry(4, same), entry(5, same));
    expect(ids(tail.rows)).toEqual(['id-1', 'id-2', 'id-3', 'id-4', 'id-5']);
  });

  it('takes an entry whose time is nonsense, as the oldest', () => {
    const tail = new Tail();
    live(tail, entry(1), entry(2, { created_at: 'yesterday' }));
    expect(ids(tail.rows)).toEqual(['id-2', 'id-1']);
  });
});

describe('limit', () => {
  it('drops the oldest, and says how many', () => {
    const tail = new Tail(100);
    live(tail, ...entries(0, 130));
    expect(tail.rows).toHaveLength(100);
    expect(ids(tail.rows)[0]).toBe('id-30');
    expect(tail.hits).toHaveLength(100);
    expect(tail.dropped).toBe(30);
  });

  it('counts characters as well as rows', () => {
    const tail = new Tail(100, 1000);
    live(tail, ...entries(0, 5).map((each) => ({ ...each, data: 'x'.repeat(300) })));
    expect(ids(tail.rows)).toEqual(['id-2', 'id-3', 'id-4']);
  });

  it('takes of an older page only what has room, without a hole', () => {
    const tail = new Tail(5);
    live(tail, ...entries(10, 13));
    expect(tail.page(entries(0, 10).reverse())).toBe(2);
    expect(ids(tail.rows)).toEqual(['id-8', 'id-9', 'id-10', 'id-11', 'id-12']);
    expect(tail.full).toBe(true);
  });

  it('takes an entry again that was dropped before', () => {
    const tail = new Tail(2);
    live(tail, ...entries(0, 3));
    expect(tail.find('id-0')).toBeUndefined();
    const other = new Tail(3);
    live(other, ...entries(0, 3));
    expect(other.page([entry(0)])).toBe(0);
  });
});

describe('pausing', () => {
  it('moves nothing while paused, counts what comes, and shows it on resuming', () => {
    const tail = new Tail();
    live(tail, entry(1));
    tail.pause();
    live(tail, entry(2), entry(3));
    live(tail, entry(3), entry(4));
    expect(ids(tail.rows)).toEqual(['id-1']);
    expect(tail.missed).toBe(3);
    tail.resume();
    expect(ids(tail.rows)).toEqual(['id-1', 'id-2', 'id-3', 'id-4']);
    expect(tail.missed).toBe(0);
  });

  it('counts what a gap left out while paused', () => {
    const tail = new Tail();
    tail.pause();
    live(tail, entry(1));
    tail.take([{ kind: 'gap', missed: 412 }]);
    expect(tail.missed).toBe(413);
  });

  it('still takes older pages', () => {
    const tail = new Tail();
    live(tail, entry(5));
    tail.pause();
    tail.page([entry(4)]);
    expect(ids(tail.rows)).toEqual(['id-4', 'id-5']);
  });

  it('holds no more while it waits than it ever shows', () => {
    const tail = new Tail(10);
    live(tail, entry(0));
    tail.pause();
    live(tail, ...entries(1, 13));
    expect(tail.missed).toBe(12);
    tail.resume();
    expect(ids(tail.rows)[0]).toBe('id-3');
    expect(ids(tail.rows).at(-1)).toBe('id-12');
    expect(tail.dropped).toBe(3);
  });
});

describe('gaps', () => {
  it('draws a gap between what came before and after it', () => {
    const tail = new Tail();
    tail.take([
      { kind: 'entries', entries: [entry(1), entry(2)] },
      { kind: 'gap', missed: 412 },
      { kind: 'entries', entries: [entry(9)] },
    ]);
    expect(ids(tail.rows)).toEqual(['id-1', 'id-2', 'gap 412', 'id-9']);
  });

  it('is not hidden by a filter', () => {
    const tail = new Tail();
    tail.look(matcherOf({ level: 'ERROR' }));
    tail.take([
      { kind: 'entries', entries: [entry(1)] },
      { kind: 'gap', missed: undefined },
    ]);
    expect(ids(tail.hits)).toEqual(['gap undefined']);
  });
});

describe('filter', () => {
  const tail = new Tail();
  tail.page(entries(0, 10_000).reverse());

  it('looks at each of ten thousand rows once, and then at new rows alone', () => {
    const before = tail.looked;
    tail.look(matcherOf({ text: 'DATA 999' }));
    expect(tail.looked - before).toBe(10_000);
    expect(tail.hits).toHaveLength(11);
    live(tail, entry(99_900), entry(10_001));
    expect(tail.looked - before).toBe(10_002);
    expect(ids(tail.hits).at(-1)).toBe('id-99900');
  });

  it('finds by level, exact name and text without regard to case, signs of patterns included', () => {
    const other = new Tail();
    const warning: Level = 'WARNING';
    live(
      other,
      entry(1, { data: 'Cost: 5.0 (net)' }),
      entry(2, { name: 'shop', level: warning }),
      entry(3, { data: '5x0' }),
    );
    const found = (wanted: Parameters<typeof matcherOf>[0]) => {
      other.look(matcherOf(wanted));
      return ids(other.hits);
    };
    expect(found({ text: '5.0 (NET)' })).toEqual(['id-1']);
    expect(found({ text: 'SHOP' })).toEqual(['id-2']);
    expect(found({ level: 'WARNING' })).toEqual(['id-2']);
    expect(found({ name: 'sho' })).toEqual([]);
    expect(found({})).toHaveLength(3);
  });

  it('shows the neighbours of the chosen hit, and tells them from hits', () => {
    const other = new Tail();
    live(other, ...entries(0, 9), entry(9, { level: 'ERROR' }), ...entries(10, 20), entry(20, { level: 'ERROR' }));
    other.look(matcherOf({ level: 'ERROR' }));
    const { rows, neighbours } = viewOf(other, 'filter', other.find('id-9'), 2);
    expect(ids(rows)).toEqual(['id-7', 'id-8', 'id-9', 'id-10', 'id-11', 'id-20']);
    expect(ids([...neighbours])).toEqual(['id-7', 'id-8', 'id-10', 'id-11']);
    expect(viewOf(other, 'highlight', undefined, 0).rows).toHaveLength(21);
  });

  it('keeps what was searched further back apart, and lets go of it with the search', () => {
    const other = new Tail();
    live(other, ...entries(50, 52));
    other.look(matcherOf({ text: 'data' }));
    other.page([entry(7), entry(3)], true);
    expect(ids(other.rows)).toEqual(['id-3', 'id-7', 'gap sparse', 'id-50', 'id-51']);
    other.look(matcherOf({}));
    expect(ids(other.rows)).toEqual(['id-50', 'id-51']);
    expect(other.find('id-3')).toBeUndefined();
    expect(other.dropped).toBe(0);
  });
});
