/** Rows in the order that the user chose, by TanStack Table: a column's header turns up, down, and back to none. */
import {
  createSortedRowModel,
  rowSortingFeature,
  type SortingState,
  tableFeatures,
  useTable,
} from '@tanstack/react-table';
import { useMemo, useRef, useState } from 'react';
import type { Column } from './DataTable';

export interface SortBy {
  id: string;
  desc?: boolean;
}

type Value = string | number | undefined;

const features = tableFeatures({ rowSortingFeature, sortedRowModel: createSortedRowModel() });
const collator = new Intl.Collator(undefined, { numeric: true, sensitivity: 'base' });

function compare(one: Value, other: Value): number {
  if (typeof one === 'number' && typeof other === 'number') return one - other;
  return collator.compare(String(one), String(other));
}

interface Cells {
  getValue(column: string): unknown;
}

export function useSorted<Row>(rows: Row[], columns: Column<Row>[], rowId: (row: Row) => string, sortBy?: SortBy) {
  const [sorting, setSorting] = useState<SortingState>(sortBy ? [{ id: sortBy.id, desc: sortBy.desc === true }] : []);
  const latest = useRef({ columns, rowId });
  latest.current = { columns, rowId };

  // Screens write their columns anew with each render; the table is built anew only when what it sorts by is another.
  const shape = columns.map(({ id, sort }) => `${id}${sort ? '+' : ''}`).join(' ');
  const definitions = useMemo(
    () =>
      shape.split(' ').map((each) => {
        const id = each.replace(/\+$/, '');
        return {
          id,
          enableSorting: each.endsWith('+'),
          accessorFn: ({ row }: { row: Row }): Value =>
            latest.current.columns.find((column) => column.id === id)?.sort?.(row) ?? undefined,
          sortFn: (one: Cells, other: Cells) => compare(one.getValue(id) as Value, other.getValue(id) as Value),
          sortUndefined: 'last' as const,
          sortDescFirst: false,
        };
      }),
    [shape],
  );

  // The library's rows must be objects; a screen's may be anything.
  const data = useMemo(() => rows.map((row) => ({ row })), [rows]);
  const table = useTable({
    features,
    columns: definitions,
    data,
    getRowId: ({ row }) => latest.current.rowId(row),
    state: { sorting },
    onSortingChange: setSorting,
  });
  const model = table.getRowModel().rows;
  const sorted = useMemo(() => model.map(({ original }) => original.row), [model]);
  const order: SortBy | undefined = sorting[0];
  const turn = (id: string) => table.getColumn(id)?.toggleSorting();
  return { sorted, order, turn };
}
