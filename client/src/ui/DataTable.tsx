/** The one table of the panel: columns that sort, rows by `j` and `k`, and only those rows in the page that are seen. */
import { useVirtualizer } from '@tanstack/react-virtual';
import { type KeyboardEvent, type ReactNode, useEffect, useId, useRef, useState } from 'react';
import { preferences, usePreferences } from '@/app/preferences';
import classes from './DataTable.module.css';
import { DataTableHead } from './DataTableHead';
import { DataTableRows } from './DataTableRows';
import { type SortBy, useSorted } from './sorted';
import { useWindowWidth } from './width';

export interface Column<Row> {
  id: string;
  /** Translated. */
  header: string;
  cell: (row: Row) => ReactNode;
  /** What to sort by; a column without it does not sort. */
  sort?: (row: Row) => string | number | null | undefined;
  /** Numbers stand right, with digits of one width. */
  align?: 'left' | 'right';
  /** Pixels; the rest is shared by columns without one. */
  width?: number;
  /** Left out below this width of the window, in pixels. */
  from?: number;
}

export interface DataTableProps<Row> {
  /** Says what the table lists, to who does not see it. */
  label: string;
  columns: Column<Row>[];
  rows: Row[];
  rowId: (row: Row) => string;
  /** Enter, a click. */
  onOpen?: (row: Row) => void;
  /** The row that is open beside the table. */
  opened?: string;
  /** With it rows have boxes to tick. */
  selected?: ReadonlySet<string>;
  onSelect?: (selected: ReadonlySet<string>) => void;
  /** In the place of rows, where there are none. */
  empty?: ReactNode;
  /** Called when the last rows come into sight. */
  onEnd?: () => void;
  /** The order at first; without it that of `rows`. */
  sortBy?: SortBy;
}

/** How wide a column without a width is at least; where there is less room the table scrolls by itself. */
const NARROWEST = 96;
const BOX = 36;
/** Rows beyond what is seen, and how many rows before the end more are asked for. */
const SPARE = 8;

const heights = { comfortable: 32, compact: 28 };

/** With `onOpen` or `onSelect` it is a grid, whose rows the keys go through; without them a table to read. */
export function DataTable<Row>(props: DataTableProps<Row>) {
  const { label, rows, rowId, onOpen, opened, selected, onSelect, empty, onEnd } = props;
  const { density } = usePreferences();
  const width = useWindowWidth();
  const columns = props.columns.filter((column) => column.from === undefined || width >= column.from);
  const { sorted, order, turn } = useSorted(rows, columns, rowId, props.sortBy);
  const scroll = useRef<HTMLDivElement>(null);
  const id = useId();
  const [active, setActive] = useState<string>();
  const at = active === undefined ? -1 : sorted.findIndex((row) => rowId(row) === active);
  const works = onOpen !== undefined || onSelect !== undefined;

  const rowHeight = heights[density];
  const virtual = useVirtualizer({
    count: sorted.length,
    getScrollElement: () => scroll.current,
    estimateSize: () => rowHeight,
    overscan: SPARE,
    scrollPaddingStart: rowHeight,
  });
  const seen = virtual.getVirtualItems();

  useEffect(() => virtual.measure(), [virtual, rowHeight]);
  useEnd(onEnd, sorted.length, seen[seen.length - 1]?.index);

  if (rows.length === 0 && empty) return empty;

  const go = (to: number) => {
    const index = Math.max(0, Math.min(to, sorted.length - 1));
    const row = sorted[index];
    if (row === undefined) return;
    setActive(rowId(row));
    virtual.scrollToIndex(index);
  };
  const tick = (row: Row) => {
    const next = new Set(selected);
    if (!next.delete(rowId(row))) next.add(rowId(row));
    onSelect?.(next);
  };

  const pressed = (event: KeyboardEvent<HTMLTableElement>) => {
    if (event.target !== event.currentTarget || event.ctrlKey || event.metaKey || event.altKey) return;
    const page = Math.max(1, Math.floor((scroll.current?.clientHeight ?? 0) / rowHeight) - 2);
    const to = moved(event.key, at, page, sorted.length - 1);
    const row = sorted[at];
    if (to !== undefined) go(to);
    else if (row === undefined) return;
    else if (event.key === ' ' && onSelect) tick(row);
    else if (onOpen && (event.key === 'Enter' || event.key === ' ')) onOpen(row);
    else return;
    event.preventDefault();
    event.stopPropagation();
  };

  const least = columns.reduce((sum, column) => sum + (column.width ?? NARROWEST), onSelect ? BOX : 0);
  const nameOf = (index: number) => `${id}-${index}`;

  return (
    <div
      ref={scroll}
      className={classes.scroll}
      {...(works ? {} : { role: 'region', 'aria-label': label, tabIndex: 0 })}
    >
      <table
        className={classes.table}
        style={{ minWidth: least }}
        aria-label={label}
        aria-rowcount={sorted.length + 1}
        {...(works && {
          role: 'grid',
          'data-rows': true,
          tabIndex: 0,
          'aria-multiselectable': onSelect ? true : undefined,
          'aria-activedescendant': seen.some((item) => item.index === at) ? nameOf(at) : undefined,
          onKeyDown: pressed,
        })}
      >
        <colgroup>
          {onSelect && <col style={{ width: BOX }} />}
          {columns.map((column) => (
            <col key={column.id} style={column.width === undefined ? undefined : { width: column.width }} />
          ))}
        </colgroup>
        <DataTableHead
          columns={columns}
          order={order}
          onSort={turn}
          ids={onSelect ? sorted.map(rowId) : []}
          selected={selected}
          onSelect={onSelect}
        />
        <DataTableRows
          {...{ columns, seen, rowId, onOpen, opened, selected, onSelect }}
          rows={sorted}
          height={virtual.getTotalSize()}
          active={at}
          onActive={(row) => setActive(rowId(row))}
          onTick={tick}
          nameOf={nameOf}
        />
      </table>
    </div>
  );
}

/** Asks for more once for each length of the list. */
function useEnd(onEnd: (() => void) | undefined, length: number, last: number | undefined): void {
  const asked = useRef(0);
  useEffect(() => {
    if (!onEnd || last === undefined || last < length - 1 || asked.current === length) return;
    asked.current = length;
    onEnd();
  }, [onEnd, length, last]);
}

/** Where a key leads from a row; nowhere where it is none of the table's. */
function moved(key: string, at: number, page: number, last: number): number | undefined {
  const before = at < 0 ? 0 : at - 1;
  const moves: Record<string, number> = {
    ...{ ArrowDown: at + 1, ArrowUp: before, PageDown: at + page, PageUp: at - page, Home: 0, End: last },
    ...(preferences().characterKeys ? { j: at + 1, k: before } : {}),
  };
  return moves[key];
}
